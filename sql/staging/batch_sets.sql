-- relation: batch_sets
-- inputs: assembled_calls, batch_events, dictionary_values
-- What a combination is called is made of the canonical text of its values. They are looked up below each other, so that
-- the dictionary is read once.
insert into batch_sets
with combinations as (
  select campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider
  from assembled_calls
  union
  select campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider
  from batch_events
  where type = type_code('call.initiated') and is_late = 0
),
parts as (
  select
    combination,
    unnest(['campaign', 'number_pool', 'caller_id', 'region', 'channel', 'agent_id', 'agent_role', 'agent_version', 'provider', 'amd_provider']) as column_name,
    unnest([campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider]) as id
  from (select *, row_number() over () as combination from combinations)
),
named as (
  select
    max(if(parts.column_name = 'campaign', parts.id, null)) as campaign,
    max(if(parts.column_name = 'number_pool', parts.id, null)) as number_pool,
    max(if(parts.column_name = 'caller_id', parts.id, null)) as caller_id,
    max(if(parts.column_name = 'region', parts.id, null)) as region,
    max(if(parts.column_name = 'channel', parts.id, null)) as channel,
    max(if(parts.column_name = 'agent_id', parts.id, null)) as agent_id,
    max(if(parts.column_name = 'agent_role', parts.id, null)) as agent_role,
    max(if(parts.column_name = 'agent_version', parts.id, null)) as agent_version,
    max(if(parts.column_name = 'provider', parts.id, null)) as provider,
    max(if(parts.column_name = 'amd_provider', parts.id, null)) as amd_provider,
    max(if(parts.column_name = 'campaign', words.value, null)) as campaign_value,
    max(if(parts.column_name = 'number_pool', words.value, null)) as number_pool_value,
    max(if(parts.column_name = 'caller_id', words.value, null)) as caller_id_value,
    max(if(parts.column_name = 'region', words.value, null)) as region_value,
    max(if(parts.column_name = 'channel', words.value, null)) as channel_value,
    max(if(parts.column_name = 'agent_id', words.value, null)) as agent_id_value,
    max(if(parts.column_name = 'agent_role', words.value, null)) as agent_role_value,
    max(if(parts.column_name = 'agent_version', words.value, null)) as agent_version_value,
    max(if(parts.column_name = 'provider', words.value, null)) as provider_value,
    max(if(parts.column_name = 'amd_provider', words.value, null)) as amd_provider_value
  from parts
  left join dictionary_values as words on words.column_name = parts.column_name and words.id = parts.id
  group by parts.combination
)
select
  campaign,
  number_pool,
  caller_id,
  region,
  channel,
  agent_id,
  agent_role,
  agent_version,
  provider,
  amd_provider,
  md5_number_lower(segment_key(
    ['campaign', 'number_pool', 'caller_id', 'region', 'channel', 'agent_id', 'agent_role', 'agent_version', 'provider', 'amd_provider'],
    campaign_value,
    number_pool_value,
    caller_id_value,
    region_value,
    channel_value,
    agent_id_value,
    agent_role_value,
    agent_version_value,
    provider_value,
    amd_provider_value
  )),
  campaign_value,
  number_pool_value,
  caller_id_value,
  region_value,
  channel_value,
  agent_id_value,
  agent_role_value,
  agent_version_value,
  provider_value,
  amd_provider_value
from named;
