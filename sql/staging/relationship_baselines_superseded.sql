-- relation: relationship_baselines
-- inputs: relationship_baselines
-- parameters: version
-- A refresh of the same minute, under the same settings, has the same name.
delete from relationship_baselines
where version = $version;
