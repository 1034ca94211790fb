-- relation: dimension_sets
-- inputs: batch_sets, dictionary_values
insert into dimension_sets
select
  sets.set_id,
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
from batch_sets as sets
left join dictionary_values as d_campaign on d_campaign.column_name = 'campaign' and d_campaign.id = sets.campaign
left join dictionary_values as d_number_pool on d_number_pool.column_name = 'number_pool' and d_number_pool.id = sets.number_pool
left join dictionary_values as d_caller_id on d_caller_id.column_name = 'caller_id' and d_caller_id.id = sets.caller_id
left join dictionary_values as d_region on d_region.column_name = 'region' and d_region.id = sets.region
left join dictionary_values as d_channel on d_channel.column_name = 'channel' and d_channel.id = sets.channel
left join dictionary_values as d_agent_id on d_agent_id.column_name = 'agent_id' and d_agent_id.id = sets.agent_id
left join dictionary_values as d_agent_role on d_agent_role.column_name = 'agent_role' and d_agent_role.id = sets.agent_role
left join dictionary_values as d_agent_version on d_agent_version.column_name = 'agent_version' and d_agent_version.id = sets.agent_version
left join dictionary_values as d_provider on d_provider.column_name = 'provider' and d_provider.id = sets.provider
left join dictionary_values as d_amd_provider on d_amd_provider.column_name = 'amd_provider' and d_amd_provider.id = sets.amd_provider
anti join dimension_sets using (set_id);
