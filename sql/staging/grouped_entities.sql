-- relation: grouped_entities
-- grain: one row per signal, segment and minute with an entity, of a span
-- inputs: the signal views, groupings
-- parameters: lowest_us, highest_us
create or replace temp macro grouped_entities(lowest_us, highest_us) as table
with leaves as (
  select
    entities.signal,
    date_trunc('minute', entities.happened_at) as window_start,
    if(list_contains(getvariable('grouped_dimensions'), 'campaign'), entities.campaign, null) as campaign,
    if(list_contains(getvariable('grouped_dimensions'), 'number_pool'), entities.number_pool, null) as number_pool,
    if(list_contains(getvariable('grouped_dimensions'), 'caller_id'), entities.caller_id, null) as caller_id,
    if(list_contains(getvariable('grouped_dimensions'), 'region'), entities.region, null) as region,
    if(list_contains(getvariable('grouped_dimensions'), 'channel'), entities.channel, null) as channel,
    if(list_contains(getvariable('grouped_dimensions'), 'agent_id'), entities.agent_id, null) as agent_id,
    if(list_contains(getvariable('grouped_dimensions'), 'agent_role'), entities.agent_role, null) as agent_role,
    if(list_contains(getvariable('grouped_dimensions'), 'agent_version'), entities.agent_version, null) as agent_version,
    if(list_contains(getvariable('grouped_dimensions'), 'provider'), entities.provider, null) as provider,
    if(list_contains(getvariable('grouped_dimensions'), 'amd_provider'), entities.amd_provider, null) as amd_provider,
    sum(entities.n) as n,
    sum(entities.total) as total,
    sum(entities.exposure_ms) as exposure_ms,
    sum(entities.total_squares) as total_squares
  from query_table(getvariable('signal_relations')) as entities
  where entities.happened_at >= make_timestamp(lowest_us) and entities.happened_at < make_timestamp(highest_us)
  group by all
)
select
  leaves.signal,
  segment_key(
    groupings.dimensions, campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider
  ) as segment,
  leaves.window_start,
  sum(leaves.n)::bigint as n,
  sum(leaves.total)::bigint as total,
  sum(leaves.exposure_ms)::bigint as exposure_ms,
  sum(leaves.total_squares)::bigint as total_squares
from leaves
inner join signals using (signal)
inner join groupings on list_has_all(signals.dimensions, groupings.dimensions)
where is_grouped(groupings.dimensions, 'campaign', campaign)
  and is_grouped(groupings.dimensions, 'number_pool', number_pool)
  and is_grouped(groupings.dimensions, 'caller_id', caller_id)
  and is_grouped(groupings.dimensions, 'region', region)
  and is_grouped(groupings.dimensions, 'channel', channel)
  and is_grouped(groupings.dimensions, 'agent_id', agent_id)
  and is_grouped(groupings.dimensions, 'agent_role', agent_role)
  and is_grouped(groupings.dimensions, 'agent_version', agent_version)
  and is_grouped(groupings.dimensions, 'provider', provider)
  and is_grouped(groupings.dimensions, 'amd_provider', amd_provider)
group by all;
