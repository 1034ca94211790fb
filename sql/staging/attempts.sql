-- relation: attempts
-- inputs: batch_events, contacts, dictionary_values
-- parameters: duplicate_outreach_us
insert into attempts
with dials as (
  select events.*, contacts.contact_id
  from batch_events as events
  left join contacts using (contact_token)
  where events.type = type_code('call.initiated') and events.is_late = 0
),
recent as (
  select contact_id, happened_at, seq, campaign
  from attempts
  where contact_id in (select contact_id from dials)
    and happened_at >= (select min(event_time) from dials) - to_microseconds($duplicate_outreach_us)
  union all
  select dials.contact_id, dials.event_time, dials.seq, d_campaign.value
  from dials
  left join dictionary_values as d_campaign on d_campaign.column_name = 'campaign' and d_campaign.id = dials.campaign
  where dials.contact_id is not null
),
-- The same contact, dialled for another campaign shortly before.
doubled as (
  select distinct later.seq
  from recent as later
  inner join recent as earlier
    on earlier.contact_id = later.contact_id
    and earlier.seq < later.seq
    and earlier.happened_at > later.happened_at - to_microseconds($duplicate_outreach_us)
    and earlier.campaign is distinct from later.campaign
)
select
  dials.seq,
  dials.call_key,
  dials.event_time,
  d_campaign.value,
  d_number_pool.value,
  d_caller_id.value,
  d_region.value,
  d_channel.value,
  d_agent_id.value,
  d_agent_role.value,
  d_agent_version.value,
  d_provider.value,
  d_amd_provider.value,
  dials.contact_id,
  dials.attempt,
  doubled.seq is not null
from dials
left join dictionary_values as d_campaign on d_campaign.column_name = 'campaign' and d_campaign.id = dials.campaign
left join dictionary_values as d_number_pool on d_number_pool.column_name = 'number_pool' and d_number_pool.id = dials.number_pool
left join dictionary_values as d_caller_id on d_caller_id.column_name = 'caller_id' and d_caller_id.id = dials.caller_id
left join dictionary_values as d_region on d_region.column_name = 'region' and d_region.id = dials.region
left join dictionary_values as d_channel on d_channel.column_name = 'channel' and d_channel.id = dials.channel
left join dictionary_values as d_agent_id on d_agent_id.column_name = 'agent_id' and d_agent_id.id = dials.agent_id
left join dictionary_values as d_agent_role on d_agent_role.column_name = 'agent_role' and d_agent_role.id = dials.agent_role
left join dictionary_values as d_agent_version on d_agent_version.column_name = 'agent_version' and d_agent_version.id = dials.agent_version
left join dictionary_values as d_provider on d_provider.column_name = 'provider' and d_provider.id = dials.provider
left join dictionary_values as d_amd_provider on d_amd_provider.column_name = 'amd_provider' and d_amd_provider.id = dials.amd_provider
left join doubled on doubled.seq = dials.seq
order by dials.seq;
