-- relation: batch_sets
-- inputs: assembled_calls, batch_events, dictionary_values
-- What a combination is called is made of the canonical text of its values.
insert into batch_sets
with combinations as (
  select campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider
  from assembled_calls
  union
  select campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider
  from batch_events
  where type = type_code('call.initiated') and is_late = 0
)
select
  combinations.campaign,
  combinations.number_pool,
  combinations.caller_id,
  combinations.region,
  combinations.channel,
  combinations.agent_id,
  combinations.agent_role,
  combinations.agent_version,
  combinations.provider,
  combinations.amd_provider,
  md5_number_lower(segment_key(
    ['campaign', 'number_pool', 'caller_id', 'region', 'channel', 'agent_id', 'agent_role', 'agent_version', 'provider', 'amd_provider'],
    d_campaign.value,
    d_number_pool.value,
    d_caller_id.value,
    d_region.value,
    d_channel.value,
    d_agent_id.value,
    d_agent_role.value,
    d_agent_version.value,
    d_provider.value,
    d_amd_provider.value
  ))
from combinations
left join dictionary_values as d_campaign on d_campaign.column_name = 'campaign' and d_campaign.id = combinations.campaign
left join dictionary_values as d_number_pool on d_number_pool.column_name = 'number_pool' and d_number_pool.id = combinations.number_pool
left join dictionary_values as d_caller_id on d_caller_id.column_name = 'caller_id' and d_caller_id.id = combinations.caller_id
left join dictionary_values as d_region on d_region.column_name = 'region' and d_region.id = combinations.region
left join dictionary_values as d_channel on d_channel.column_name = 'channel' and d_channel.id = combinations.channel
left join dictionary_values as d_agent_id on d_agent_id.column_name = 'agent_id' and d_agent_id.id = combinations.agent_id
left join dictionary_values as d_agent_role on d_agent_role.column_name = 'agent_role' and d_agent_role.id = combinations.agent_role
left join dictionary_values as d_agent_version on d_agent_version.column_name = 'agent_version' and d_agent_version.id = combinations.agent_version
left join dictionary_values as d_provider on d_provider.column_name = 'provider' and d_provider.id = combinations.provider
left join dictionary_values as d_amd_provider on d_amd_provider.column_name = 'amd_provider' and d_amd_provider.id = combinations.amd_provider;
