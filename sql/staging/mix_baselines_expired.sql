-- relation: mix_baselines
-- inputs: expired_versions, episodes
-- What an episode was held against stays.
delete from mix_baselines
where version in (select version from expired_versions)
  and (version, relationship, segment) not in (
    select (baseline_version, relationship, segment)
    from episodes
    where relationship is not null
  );
