-- relation: mix_series
-- grain: one row per window of the relationship
-- inputs: observations, baselines, mix_baselines
-- parameters: relationship, parts, part, rest, segment, version, from_us, to_us, known_us, time_zone, window_us
-- columns: observed is the share of calls of one part of the mix (rest: of what no part counts); the band is where it lies by
--          chance when calls divide as expected. parts: names of signals, with commas between; of what had
--          closed by known_us. Whole numbers are summed by hour first, so that sums do not depend on the order of rows.
with minutes as (
  select
    signal,
    window_start,
    hour_of_week(window_start, $time_zone) as hour_of_week,
    n,
    total
  from observations
  where list_contains(string_split($parts, ','), signal)
    and segment = $segment
    and revision = 0
    and window_start >= make_timestamp($from_us)
    and window_start < make_timestamp($to_us)
    and closed_at <= make_timestamp($known_us)
),
divided as (
  select window_start, hour_of_week, signal as part, n, total
  from minutes
  union all
  select window_start, hour_of_week, $rest as part, any_value(n) as n, any_value(n) - sum(total) as total
  from minutes
  group by window_start, hour_of_week
  having count(*) = len(string_split($parts, ',')) and min(n) = max(n)
),
of_parts as (
  select signal as part, hour_of_week, level
  from baselines
  where version = $version and segment = $segment and list_contains(string_split($parts, ','), signal)
),
levels as (
  from of_parts
  union all
  select $rest as part, hour_of_week, clamp_level('proportion', 1 - sum(level order by part)) as level
  from of_parts
  group by hour_of_week
  having count(*) = len(string_split($parts, ','))
),
hours as (
  select
    time_bucket(to_microseconds($window_us), window_start) as bucket,
    hour_of_week,
    sum(n)::bigint as n,
    sum(total)::bigint as total
  from divided
  where part = $part
  group by all
),
windows as (
  select
    bucket,
    sum(hours.n)::bigint as n,
    sum(hours.total)::double / sum(hours.n) as observed,
    sum(hours.n * levels.level order by hour_of_week) / sum(hours.n) as expected
  from hours
  inner join levels using (hour_of_week)
  where levels.part = $part
  group by bucket
  having sum(hours.n) > 0
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
