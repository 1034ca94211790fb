-- relation: baseline_versions
-- inputs: baseline_versions
-- parameters: version
-- A refresh of the same minute, under the same settings, has the same name.
delete from baseline_versions
where version = $version;
