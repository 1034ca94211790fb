-- relation: relationship_baselines
-- inputs: expired_versions
-- What an episode needs of one stands in grounds.
delete from relationship_baselines
where version in (select version from expired_versions);
