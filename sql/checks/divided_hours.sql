-- relation: divided_hours
-- grain: one row per part of a segment, by one more dimension, and local hour of the week
-- inputs: the signal views, dimension_sets, baseline_versions, baselines
-- parameters: signal, version, segment, own_dimensions, dimensions, from_us, to_us, time_zone, inheriting
-- columns: as leaf_hours, counted from the calls as they are now; before_total as well; the level is that of the segment
--          itself. Calls that do not name the dimension stand under the segment's own key.
with versions as (
  select history_from, history_to
  from baseline_versions
  where version = $version
),
entities as (
  select
    each.set_id,
    each.n,
    each.total,
    each.exposure_ms,
    date_trunc('minute', each.happened_at) as minute_start,
    each.happened_at >= make_timestamp($from_us) and each.happened_at < make_timestamp($to_us) as is_now,
    each.happened_at >= versions.history_from and each.happened_at < versions.history_to as is_before
  from query_table(getvariable('signal_relations')) as each
  cross join versions
  where each.signal = $signal
    and (
      (each.happened_at >= make_timestamp($from_us) and each.happened_at < make_timestamp($to_us))
      or (each.happened_at >= versions.history_from and each.happened_at < versions.history_to)
    )
),
named as (
  select
    set_id,
    segment_key(
      string_split($dimensions, ','), campaign, number_pool, caller_id, region, channel, agent_id, agent_role,
      agent_version, provider, amd_provider
    ) as segment
  from dimension_sets
  where $segment = 'all' or $segment = segment_key(
    string_split($own_dimensions, ','), campaign, number_pool, caller_id, region, channel, agent_id, agent_role,
    agent_version, provider, amd_provider
  )
),
placed as (
  select
    named.segment,
    hour_of_week(entities.minute_start, $time_zone) as hour_of_week,
    entities.*
  from entities
  inner join named using (set_id)
),
hours as (
  select hour_of_week, count(distinct minute_start) as minutes
  from placed
  where is_now
  group by hour_of_week
),
counted as (
  select
    segment,
    hour_of_week,
    coalesce(sum(n) filter (is_now), 0)::bigint as n,
    coalesce(sum(total) filter (is_now), 0)::bigint as total,
    coalesce(sum(exposure_ms) filter (is_now), 0)::bigint as exposure_ms,
    coalesce(sum(n) filter (is_before), 0)::bigint as before_n,
    coalesce(sum(total) filter (is_before), 0)::bigint as before_total,
    coalesce(sum(exposure_ms) filter (is_before), 0)::bigint as before_exposure_ms
  from placed
  group by all
),
levels as (
  select *
  from baselines
  where version = $version and signal = $signal
),
chosen as (
  select
    counted.*,
    coalesce(hours.minutes, 0) as minutes,
    if(
      everything.level is not null and not coalesce(own.is_sufficient, false) and regexp_matches($segment, $inheriting),
      everything,
      own
    ) as expected
  from counted
  left join hours using (hour_of_week)
  left join levels as own on own.segment = $segment and own.hour_of_week = counted.hour_of_week
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
  before_total,
  before_exposure_ms,
  expected.level as level,
  expected.standard_error as standard_error,
  expected.value_sd as value_sd,
  expected.dispersion as dispersion
from chosen
order by segment, hour_of_week;
