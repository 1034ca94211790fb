-- relation: mix_baselines
-- inputs: mix_baselines
-- parameters: version
-- A refresh of the same minute, under the same settings, has the same name.
delete from mix_baselines
where version = $version;
