-- relation: relationship_series
-- grain: one row per window of the relationship
-- inputs: observations, baselines, relationship_baselines, signals
-- parameters: relationship, x, y, segment, version, from_us, to_us, known_us, time_zone, window_us, windows
-- columns: observed is the correlation of the residuals over the last so many windows; the band is where it lies by
--          chance when the relationship is as it was (Fisher's z); of what had closed by known_us. Whole numbers are
--          summed by hour first, so that sums do not depend on the order of rows. Windows in which no spread is expected say
--          nothing (corr() fails on what is not finite).
with seen as (
  select
    signal,
    time_bucket(to_microseconds($window_us), window_start) as bucket,
    hour_of_week(window_start, $time_zone) as hour_of_week,
    sum(n)::bigint as n,
    sum(total)::bigint as total,
    sum(exposure_ms)::bigint as exposure_ms
  from observations
  where signal in ($x, $y)
    and segment = $segment
    and revision = 0
    and window_start >= make_timestamp($from_us)
    and window_start < make_timestamp($to_us)
    and closed_at <= make_timestamp($known_us)
  group by all
),
hours as (
  select
    seen.*,
    if(signals.kind = 'rate', seen.exposure_ms / 60000.0, seen.n) as size,
    baselines.level,
    level_variance(signals.kind, baselines.level, baselines.value_sd * baselines.value_sd) as variance
  from seen
  inner join signals using (signal)
  inner join baselines
    on baselines.version = $version
    and baselines.signal = seen.signal
    and baselines.segment = $segment
    and baselines.hour_of_week = seen.hour_of_week
),
sides as (
  select
    signal,
    bucket,
    sum(n) as n,
    (sum(total)::double - sum(size * level order by hour_of_week)) / sqrt(sum(size * variance order by hour_of_week)) as residual
  from hours
  group by signal, bucket
),
paired as (
  select x_side.bucket, x_side.residual as x, y_side.residual as y
  from sides as x_side
  inner join sides as y_side using (bucket)
  where x_side.signal = $x and y_side.signal = $y and isfinite(x_side.residual) and isfinite(y_side.residual)
),
rolling as (
  select
    bucket,
    count(*) over recent as n,
    corr(x, y) over recent as observed
  from paired
  window recent as (order by bucket rows between $windows - 1 preceding and current row)
),
expected as (
  select correlation, atanh(correlation) as z, 1.96 / sqrt(greatest($windows - 3, 1)) as half
  from relationship_baselines
  where version = $version and relationship = $relationship and segment = $segment
)
select
  epoch_us(rolling.bucket) as at_us,
  rolling.n,
  if(rolling.n >= $windows and isfinite(rolling.observed), rolling.observed, null) as observed,
  expected.correlation as expected,
  (exp(2 * (expected.z - expected.half)) - 1) / (exp(2 * (expected.z - expected.half)) + 1) as expected_low,
  (exp(2 * (expected.z + expected.half)) - 1) / (exp(2 * (expected.z + expected.half)) + 1) as expected_high
from rolling
cross join expected
order by rolling.bucket;
