-- relation: mix_series
-- grain: one row per window of the relationship
-- inputs: observations, baselines, mix_baselines
-- parameters: relationship, parts, part, rest, segment, version, from_us, to_us, time_zone, window_us
-- columns: observed is the share of calls of one part of the mix (rest: of what no part counts); the band is where it lies by
--          chance when calls divide as expected. parts: names of signals, with commas between.
with minutes as (
  select
    observations.signal,
    observations.window_start,
    observations.n,
    observations.total,
    baselines.level
  from observations
  inner join baselines
    on baselines.version = $version
    and baselines.signal = observations.signal
    and baselines.segment = observations.segment
    and baselines.hour_of_week = (isodow(timezone($time_zone, timezone('UTC', observations.window_start))) - 1) * 24
      + hour(timezone($time_zone, timezone('UTC', observations.window_start)))
  where list_contains(string_split($parts, ','), observations.signal)
    and observations.segment = $segment
    and observations.revision = 0
    and observations.window_start >= make_timestamp($from_us)
    and observations.window_start < make_timestamp($to_us)
),
divided as (
  select window_start, signal as part, n, total, level
  from minutes
  union all
  select window_start, $rest as part, any_value(n) as n, any_value(n) - sum(total) as total, clamp_level('proportion', 1 - sum(level)) as level
  from minutes
  group by window_start
  having count(*) = len(string_split($parts, ',')) and min(n) = max(n)
),
windows as (
  select
    time_bucket(to_microseconds($window_us), window_start) as bucket,
    sum(n) as n,
    sum(total) / sum(n) as observed,
    sum(n * level) / sum(n) as expected
  from divided
  where part = $part
  group by bucket
  having sum(n) > 0
),
spread as (
  select dispersion
  from mix_baselines
  where version = $version and relationship = $relationship and segment = $segment and part = $part
)
select
  epoch_us(bucket) as at_us,
  n,
  observed,
  expected,
  greatest(0, expected - 1.96 * sqrt(expected * (1 - expected) * dispersion / n)) as expected_low,
  least(1, expected + 1.96 * sqrt(expected * (1 - expected) * dispersion / n)) as expected_high
from windows
cross join spread
order by bucket;
