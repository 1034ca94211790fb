-- relation: contributing_segments
-- grain: one row per segment that was watched beside the episode's own, largest excess first
-- inputs: observations, baselines, signals
-- parameters: signal, version, from_us, to_us, known_us, time_zone, inheriting, segments_max
-- columns: excess is how many events (or units of the mean) more or fewer there were than expected; of windows that had closed
--          by known_us. Whole numbers are summed by hour first, so that sums do not depend on the order of rows. Segments that
--          match `inheriting` have the level of everything while their own rests on too little.
with seen as (
  select
    segment,
    hour_of_week(window_start, $time_zone) as hour_of_week,
    sum(n)::bigint as n,
    sum(total)::bigint as total,
    sum(exposure_ms)::bigint as exposure_ms
  from observations
  where signal = $signal
    and revision = 0
    and window_start >= make_timestamp($from_us)
    and window_start < make_timestamp($to_us)
    and closed_at <= make_timestamp($known_us)
  group by all
),
levels as (
  select *
  from baselines
  where version = $version and signal = $signal
),
hours as (
  select
    seen.segment,
    seen.hour_of_week,
    seen.n,
    seen.total,
    if(signals.kind = 'rate', seen.exposure_ms / 60000.0, seen.n) as size,
    if(
      everything.level is not null and not coalesce(own.is_sufficient, false) and regexp_matches(seen.segment, $inheriting),
      everything.level,
      own.level
    ) as level
  from seen
  inner join signals on signals.signal = $signal
  left join levels as own on own.segment = seen.segment and own.hour_of_week = seen.hour_of_week
  left join levels as everything on everything.segment = 'all' and everything.hour_of_week = seen.hour_of_week
),
summed as (
  select
    segment,
    sum(n)::bigint as n,
    sum(total)::double as total,
    sum(size order by hour_of_week) as size,
    sum(size * level order by hour_of_week) as expected
  from hours
  where level is not null
  group by segment
)
select
  segment,
  n,
  total / size as observed,
  expected / size as expected,
  total - expected as excess
from summed
where size > 0
order by abs(total - expected) desc, segment
limit $segments_max;
