-- relation: relationship_series
-- grain: one row per window of the relationship
-- inputs: observations, baselines, relationship_baselines, signals
-- parameters: relationship, x, y, segment, version, from_us, to_us, time_zone, window_us, windows
-- columns: observed is the correlation of the residuals over the last so many windows; the band is where it lies by
--          chance when the relationship is as it was (Fisher's z)
with minutes as (
  select
    observations.signal,
    time_bucket(to_microseconds($window_us), observations.window_start) as bucket,
    observations.n,
    observations.total,
    if(signals.kind = 'rate', observations.exposure_ms / 60000.0, observations.n) as size,
    signals.kind,
    baselines.level,
    baselines.value_sd
  from observations
  inner join signals using (signal)
  inner join baselines
    on baselines.version = $version
    and baselines.signal = observations.signal
    and baselines.segment = observations.segment
    and baselines.hour_of_week = (isodow(timezone($time_zone, timezone('UTC', observations.window_start))) - 1) * 24
      + hour(timezone($time_zone, timezone('UTC', observations.window_start)))
  where observations.signal in ($x, $y)
    and observations.segment = $segment
    and observations.revision = 0
    and observations.window_start >= make_timestamp($from_us)
    and observations.window_start < make_timestamp($to_us)
),
sides as (
  select
    signal,
    bucket,
    sum(n) as n,
    (sum(total) - sum(size * level)) / sqrt(sum(size * level_variance(kind, level, value_sd * value_sd))) as residual
  from minutes
  group by signal, bucket
),
paired as (
  select x_side.bucket, x_side.residual as x, y_side.residual as y
  from sides as x_side
  inner join sides as y_side using (bucket)
  where x_side.signal = $x and y_side.signal = $y
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
