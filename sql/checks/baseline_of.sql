-- relation: baseline_of
-- grain: one row
-- inputs: baselines, baseline_versions
-- parameters: version, signal, segment, at_us, time_zone
-- columns: the level expected at that hour of the week with its 95 % interval, and what it rests on
select
  baselines.version,
  epoch_us(baseline_versions.history_from) as history_from_us,
  epoch_us(baseline_versions.history_to) as history_to_us,
  baselines.segment,
  baselines.level,
  baselines.level - 1.96 * baselines.standard_error as level_low,
  baselines.level + 1.96 * baselines.standard_error as level_high,
  baselines.dispersion,
  baselines.n_effective
from baselines
inner join baseline_versions using (version)
where baselines.version = $version
  and baselines.signal = $signal
  and baselines.segment in ($segment, 'all')
  and baselines.hour_of_week = (isodow(timezone($time_zone, timezone('UTC', make_timestamp($at_us)))) - 1) * 24
    + hour(timezone($time_zone, timezone('UTC', make_timestamp($at_us))))
order by baselines.segment = $segment desc
limit 1;
