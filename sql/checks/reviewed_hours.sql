-- relation: reviewed_hours
-- grain: one row per watched signal, segment and local hour of the week with anything in a span
-- inputs: observations, baselines, signals
-- parameters: version, from_us, to_us, time_zone, inheriting
-- columns: sums of the span's windows as detectors saw them, beside the level that the baseline expects; hours whose level
--          rests on too little are left out. Segments that match `inheriting` have the level of everything while their
--          own rests on too little.
with seen as (
  select
    observations.signal,
    observations.segment,
    hour_of_week(observations.window_start, $time_zone) as hour_of_week,
    sum(observations.n)::bigint as n,
    sum(observations.total)::bigint as total,
    sum(observations.exposure_ms)::bigint as exposure_ms,
    sum(observations.total_squares)::double as total_squares
  from observations
  inner join signals using (signal)
  where signals.is_watched
    and observations.revision = 0
    and observations.window_start >= make_timestamp($from_us)
    and observations.window_start < make_timestamp($to_us)
  group by all
),
levels as (
  select *
  from baselines
  where version = $version and is_sufficient
),
chosen as (
  select
    seen.*,
    if(own.level is null and regexp_matches(seen.segment, $inheriting), everything, own) as expected
  from seen
  left join levels as own
    on own.signal = seen.signal and own.segment = seen.segment and own.hour_of_week = seen.hour_of_week
  left join levels as everything
    on everything.signal = seen.signal and everything.segment = 'all' and everything.hour_of_week = seen.hour_of_week
)
select
  signal,
  segment,
  n,
  total,
  exposure_ms,
  total_squares,
  expected.level as level,
  expected.standard_error as standard_error,
  expected.value_sd as value_sd,
  expected.dispersion as dispersion
from chosen
where expected.level is not null and n > 0
order by signal, segment, hour_of_week;
