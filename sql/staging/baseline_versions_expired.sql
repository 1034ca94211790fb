-- relation: baseline_versions
-- inputs: expired_versions
delete from baseline_versions
where version in (select version from expired_versions);
