-- relation: baselines
-- inputs: expired_versions
delete from baselines
where version in (select version from expired_versions);
