-- relation: leaf_hours
-- grain: one row per segment of a signal and local hour of the week that the span touches
-- inputs: observations, baseline_pieces, baseline_versions, baselines, signals
-- parameters: signal, version, from_us, to_us, known_us, time_zone, inheriting
-- columns: what was counted in the span and known by known_us; minutes of that hour in which any segment had something;
--          before_... is what the history behind the baseline counted in the same hour; the level expected there, null
--          where none was learnt. Segments that match `inheriting` have the level of everything while their own rests
--          on too little.
with windows as (
  select
    segment,
    window_start,
    n,
    total,
    exposure_ms,
    hour_of_week(window_start, $time_zone) as hour_of_week
  from observations
  where signal = $signal
    and revision = 0
    and window_start >= make_timestamp($from_us)
    and window_start < make_timestamp($to_us)
    and closed_at <= make_timestamp($known_us)
),
seen as (
  select
    segment,
    hour_of_week,
    sum(n)::bigint as n,
    sum(total)::bigint as total,
    sum(exposure_ms)::bigint as exposure_ms
  from windows
  group by all
),
hours as (
  select hour_of_week, count(distinct window_start) as minutes
  from windows
  group by hour_of_week
),
before as (
  select
    pieces.segment,
    pieces.hour_of_week,
    sum(pieces.n)::bigint as n,
    sum(pieces.exposure_ms)::bigint as exposure_ms
  from baseline_pieces as pieces
  inner join baseline_versions as versions
    on pieces.from_at >= versions.history_from and pieces.to_at <= versions.history_to
  where versions.version = $version
    and pieces.signal = $signal
    and pieces.hour_of_week in (select hour_of_week from hours)
  group by all
),
counted as (
  select
    coalesce(seen.segment, before.segment) as segment,
    coalesce(seen.hour_of_week, before.hour_of_week) as hour_of_week,
    coalesce(seen.n, 0) as n,
    coalesce(seen.total, 0) as total,
    coalesce(seen.exposure_ms, 0) as exposure_ms,
    coalesce(before.n, 0) as before_n,
    coalesce(before.exposure_ms, 0) as before_exposure_ms
  from seen
  full outer join before on before.segment = seen.segment and before.hour_of_week = seen.hour_of_week
),
levels as (
  select *
  from baselines
  where version = $version and signal = $signal
),
chosen as (
  select
    counted.*,
    hours.minutes,
    if(
      everything.level is not null and not coalesce(own.is_sufficient, false) and regexp_matches(counted.segment, $inheriting),
      everything,
      own
    ) as expected
  from counted
  inner join hours using (hour_of_week)
  left join levels as own on own.segment = counted.segment and own.hour_of_week = counted.hour_of_week
  left join levels as everything on everything.segment = 'all' and everything.hour_of_week = counted.hour_of_week
)
select
  segment,
  hour_of_week,
  minutes,
  n,
  total,
  exposure_ms,
  before_n,
  before_exposure_ms,
  expected.level as level,
  expected.standard_error as standard_error,
  expected.value_sd as value_sd,
  expected.dispersion as dispersion
from chosen
order by segment, hour_of_week;
