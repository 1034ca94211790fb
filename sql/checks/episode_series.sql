-- relation: episode_series
-- grain: one row per quarter of an hour
-- inputs: observations, baselines, signals
-- parameters: signal, segment, version, from_us, to_us, known_us, time_zone, inheriting
-- columns: observed and expected in the signal's natural scale; the band is where 95 % of such quarters lie by chance; of
--          windows that had closed by known_us. Whole numbers are summed by hour first, so that sums do not depend on
--          the order of rows. Segments that match `inheriting` have the level of everything while their own rests on too
--          little.
with levels as (
  select distinct on (hour_of_week) *
  from baselines
  where version = $version
    and signal = $signal
    and (segment = $segment or (segment = 'all' and regexp_matches($segment, $inheriting)))
  order by
    hour_of_week,
    segment = $segment and (is_sufficient or not regexp_matches($segment, $inheriting)) desc,
    segment = 'all' desc
),
seen as (
  select
    time_bucket(interval 15 minute, window_start) as quarter_start,
    hour_of_week(window_start, $time_zone) as hour_of_week,
    sum(n)::bigint as n,
    sum(total)::bigint as total,
    sum(exposure_ms)::bigint as exposure_ms
  from observations
  where signal = $signal
    and segment = $segment
    and revision = 0
    and window_start >= make_timestamp($from_us)
    and window_start < make_timestamp($to_us)
    and closed_at <= make_timestamp($known_us)
  group by all
),
hours as (
  select
    seen.quarter_start,
    seen.hour_of_week,
    seen.n,
    seen.total,
    if(signals.kind = 'rate', seen.exposure_ms / 60000.0, seen.n) as size,
    levels.level,
    levels.standard_error,
    level_variance(signals.kind, levels.level, levels.value_sd * levels.value_sd) * levels.dispersion as variance
  from seen
  inner join signals on signals.signal = $signal
  inner join levels using (hour_of_week)
),
summed as (
  select
    quarter_start,
    sum(n)::bigint as n,
    sum(total)::double as total,
    sum(size order by hour_of_week) as size,
    sum(size * level order by hour_of_week) as expected,
    sum(size * variance order by hour_of_week) as variance,
    sum(size * standard_error order by hour_of_week) as error
  from hours
  group by quarter_start
),
quarters as (
  select
    quarter_start,
    n,
    total / nullif(size, 0) as observed,
    expected / nullif(size, 0) as expected,
    sqrt(variance + error * error) / nullif(size, 0) as spread
  from summed
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
