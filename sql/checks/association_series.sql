-- relation: association_series
-- grain: one row per window of the relationship
-- inputs: observations, relationship_baselines
-- parameters: relationship, x, y, both, segment, version, from_us, to_us, known_us, window_us, windows
-- columns: observed is Yule's Y of the common odds ratio of the last so many windows; the band is where it lies by chance
--          when the relationship is as it was (from the standard error of the log odds ratio in windows as large); of what had closed by known_us
with counted as (
  select
    time_bucket(to_microseconds($window_us), window_start) as bucket,
    coalesce(sum(n) filter (signal = $x), 0) as n,
    coalesce(sum(n) filter (signal = $y), 0) as y_n,
    coalesce(sum(n) filter (signal = $both), 0) as both_n,
    coalesce(sum(total) filter (signal = $x), 0) as x_total,
    coalesce(sum(total) filter (signal = $y), 0) as y_total,
    coalesce(sum(total) filter (signal = $both), 0) as both_total
  from observations
  where signal in ($x, $y, $both)
    and segment = $segment
    and revision = 0
    and window_start >= make_timestamp($from_us)
    and window_start < make_timestamp($to_us)
    and closed_at <= make_timestamp($known_us)
  group by bucket
),
parts as (
  select
    bucket,
    both_total * (n - x_total - y_total + both_total) / n as r,
    (x_total - both_total) * (y_total - both_total) / n as s,
    (both_total + n - x_total - y_total + both_total) / n as p
  from counted
  where n > 0 and n = y_n and n = both_n
),
rolling as (
  select
    bucket,
    count(*) over recent as n,
    sum(r) over recent as r,
    sum(s) over recent as s,
    sum(p * r) over recent as pr,
    sum(p * s + (1 - p) * r) over recent as mixed,
    sum((1 - p) * s) over recent as qs
  from parts
  window recent as (order by bucket rows between $windows - 1 preceding and current row)
),
estimates as (
  select
    bucket,
    n,
    if(n >= $windows and r > 0 and s > 0, ln(r / s) / 4, null) as z,
    if(n >= $windows and r > 0 and s > 0, 1.96 * sqrt(greatest(pr / (2 * r * r) + mixed / (2 * r * s) + qs / (2 * s * s), 0)) / 4, null) as half
  from rolling
),
expected as (
  select correlation, atanh(correlation) as z
  from relationship_baselines
  where version = $version and relationship = $relationship and segment = $segment
)
select
  epoch_us(estimates.bucket) as at_us,
  estimates.n,
  (exp(2 * estimates.z) - 1) / (exp(2 * estimates.z) + 1) as observed,
  expected.correlation as expected,
  (exp(2 * (expected.z - half)) - 1) / (exp(2 * (expected.z - half)) + 1) as expected_low,
  (exp(2 * (expected.z + half)) - 1) / (exp(2 * (expected.z + half)) + 1) as expected_high
from estimates
cross join expected
order by estimates.bucket;
