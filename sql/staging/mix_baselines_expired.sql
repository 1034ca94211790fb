-- relation: mix_baselines
-- inputs: expired_versions
delete from mix_baselines
where version in (select version from expired_versions);
