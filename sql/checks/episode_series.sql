-- relation: episode_series
-- grain: one row per quarter of an hour
-- inputs: observations, baselines, signals
-- parameters: signal, segment, version, from_us, to_us, time_zone, inherits
-- columns: observed and expected in the signal's natural scale; the band is where 95 % of such quarters lie by chance
with levels as (
  select *
  from baselines
  where version = $version and signal = $signal and segment = if($inherits, 'all', $segment)
),
minutes as (
  select
    observations.*,
    signals.kind,
    if(signals.kind = 'rate', observations.exposure_ms / 60000.0, observations.n) as size,
    timezone($time_zone, timezone('UTC', observations.window_start)) as local_time
  from observations
  inner join signals using (signal)
  where observations.signal = $signal
    and observations.segment = $segment
    and observations.revision = 0
    and observations.window_start >= make_timestamp($from_us)
    and observations.window_start < make_timestamp($to_us)
),
quarters as (
  select
    time_bucket(interval 15 minute, minutes.window_start) as quarter_start,
    sum(minutes.n)::bigint as n,
    sum(minutes.total) / nullif(sum(minutes.size), 0) as observed,
    sum(minutes.size * levels.level) / nullif(sum(minutes.size), 0) as expected,
    sqrt(sum(minutes.size * level_variance(minutes.kind, levels.level, levels.value_sd * levels.value_sd) * levels.dispersion)
      + pow(sum(minutes.size * levels.standard_error), 2)) / nullif(sum(minutes.size), 0) as spread
  from minutes
  inner join levels on levels.hour_of_week = (isodow(minutes.local_time) - 1) * 24 + hour(minutes.local_time)
  group by quarter_start
)
select
  epoch_us(quarter_start) as at_us,
  n,
  observed,
  expected,
  greatest(expected - 1.96 * spread, 0) as expected_low,
  expected + 1.96 * spread as expected_high
from quarters
order by quarter_start;
