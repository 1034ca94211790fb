-- relation: compared_entities
-- grain: one row per distinct value of a signal's entities, or per step where there are more of them than bins_max
-- inputs: the signal views, signals, dimension_sets
-- parameters: signal, first_segment, first_dimensions, first_from_us, first_to_us, second_segment, second_dimensions,
--             second_from_us, second_to_us, bins_max
-- columns: value in the unit of the signal's statistics (proportion: 1 for a success, 0 for none; mean: that of the entity),
--          and how often either side has it
with entities as (
  select
    signals.kind,
    each.n,
    each.total,
    each.happened_at >= make_timestamp($first_from_us) and each.happened_at < make_timestamp($first_to_us)
      and ($first_segment = 'all' or segment_key(
        string_split($first_dimensions, ','), campaign, number_pool, caller_id, region, channel, agent_id, agent_role,
        agent_version, provider, amd_provider
      ) = $first_segment) as is_first,
    each.happened_at >= make_timestamp($second_from_us) and each.happened_at < make_timestamp($second_to_us)
      and ($second_segment = 'all' or segment_key(
        string_split($second_dimensions, ','), campaign, number_pool, caller_id, region, channel, agent_id, agent_role,
        agent_version, provider, amd_provider
      ) = $second_segment) as is_second
  from query_table(getvariable('signal_relations')) as each
  inner join signals using (signal)
  left join dimension_sets as sets on sets.set_id = each.set_id
  where each.signal = $signal and each.n > 0
),
weighed as (
  select if(kind = 'proportion', 1, total / n) as value, if(kind = 'proportion', total, 1) as weight, is_first, is_second
  from entities
  where is_first or is_second
  union all
  select 0, n - total, is_first, is_second
  from entities
  where kind = 'proportion' and (is_first or is_second)
),
steps as (
  select
    min(value) as least,
    if(count(distinct value) <= $bins_max, null, (max(value) - min(value)) / $bins_max) as width
  from weighed
)
select
  if(steps.width is null, weighed.value, steps.least + round((weighed.value - steps.least) / steps.width) * steps.width) as value,
  sum(weighed.weight * weighed.is_first::int)::bigint as first_count,
  sum(weighed.weight * weighed.is_second::int)::bigint as second_count
from weighed
cross join steps
group by 1
order by 1;
