-- relation: baselines
-- inputs: expired_versions, episodes
-- What an episode was held against stays: its own level, and that of everything, which a new segment begins with.
delete from baselines
where version in (select version from expired_versions)
  and (version, signal, segment) not in (
    select (baseline_version, signal, unnest([segment, 'all']))
    from episodes
    where signal is not null
  );
