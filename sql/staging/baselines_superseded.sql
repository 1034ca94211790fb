-- relation: baselines
-- inputs: baselines
-- parameters: version
-- A refresh of the same minute, under the same settings, has the same name.
delete from baselines
where version = $version;
