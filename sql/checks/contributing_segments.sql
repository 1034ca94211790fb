-- relation: contributing_segments
-- grain: one row per segment that was watched beside the episode's own, largest excess first
-- inputs: observations, baselines, signals
-- parameters: signal, version, from_us, to_us, time_zone
-- columns: excess is how many events (or units of the mean) more or fewer there were than expected
with minutes as (
  select
    observations.segment,
    observations.n,
    observations.total,
    if(signals.kind = 'rate', observations.exposure_ms / 60000.0, observations.n) as size,
    baselines.level
  from observations
  inner join signals using (signal)
  inner join baselines
    on baselines.version = $version
    and baselines.signal = observations.signal
    and baselines.segment = observations.segment
    and baselines.hour_of_week = (isodow(timezone($time_zone, timezone('UTC', observations.window_start))) - 1) * 24
      + hour(timezone($time_zone, timezone('UTC', observations.window_start)))
  where observations.signal = $signal
    and observations.revision = 0
    and observations.window_start >= make_timestamp($from_us)
    and observations.window_start < make_timestamp($to_us)
)
select
  segment,
  sum(n)::bigint as n,
  sum(total) / nullif(sum(size), 0) as observed,
  sum(size * level) / nullif(sum(size), 0) as expected,
  sum(total) - sum(size * level) as excess
from minutes
group by segment
order by abs(sum(total) - sum(size * level)) desc, segment
limit 12;
