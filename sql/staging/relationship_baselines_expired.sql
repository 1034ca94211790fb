-- relation: relationship_baselines
-- inputs: expired_versions
delete from relationship_baselines
where version in (select version from expired_versions);
