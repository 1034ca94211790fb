-- relation: counts
-- grain: one row
-- inputs: observations, baselines
select
  (select count(*) from observations) as observations,
  (select count(*) from baselines) as baselines,
  (select max(version) from baseline_versions) as baseline_version;
