-- relation: fresh_set_segments
-- inputs: dimension_sets, groupings, set_segments
insert into fresh_set_segments
select
  sets.set_id,
  groupings.grouping_id,
  segment_key(groupings.dimensions, sets.campaign, sets.number_pool, sets.caller_id, sets.region, sets.channel, sets.agent_id, sets.agent_role, sets.agent_version, sets.provider, sets.amd_provider) as segment
from dimension_sets as sets
cross join groupings
where sets.set_id not in (select set_id from set_segments)
  and is_grouped(groupings.dimensions, 'campaign', sets.campaign)
  and is_grouped(groupings.dimensions, 'number_pool', sets.number_pool)
  and is_grouped(groupings.dimensions, 'caller_id', sets.caller_id)
  and is_grouped(groupings.dimensions, 'region', sets.region)
  and is_grouped(groupings.dimensions, 'channel', sets.channel)
  and is_grouped(groupings.dimensions, 'agent_id', sets.agent_id)
  and is_grouped(groupings.dimensions, 'agent_role', sets.agent_role)
  and is_grouped(groupings.dimensions, 'agent_version', sets.agent_version)
  and is_grouped(groupings.dimensions, 'provider', sets.provider)
  and is_grouped(groupings.dimensions, 'amd_provider', sets.amd_provider);
