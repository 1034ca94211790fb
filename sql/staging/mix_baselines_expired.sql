-- relation: mix_baselines
-- inputs: expired_versions
-- What an episode needs of one stands in grounds.
delete from mix_baselines
where version in (select version from expired_versions);
