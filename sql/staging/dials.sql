-- relation: dials
-- inputs: batch_events, batch_sets, contacts, dimension_sets
-- parameters: duplicate_outreach_us
insert into dials
with known as (
  -- However many contacts there are: a table of those of the batch is made, and no other.
  select contact_token, contact_id
  from contacts
  where contact_token in (select contact_token from batch_events)
),
fresh as (
  select events.seq, events.call_key, events.event_time, sets.set_id, known.contact_id, events.attempt
  from batch_events as events
  inner join batch_sets as sets
    on sets.campaign is not distinct from events.campaign
    and sets.number_pool is not distinct from events.number_pool
    and sets.caller_id is not distinct from events.caller_id
    and sets.region is not distinct from events.region
    and sets.channel is not distinct from events.channel
    and sets.agent_id is not distinct from events.agent_id
    and sets.agent_role is not distinct from events.agent_role
    and sets.agent_version is not distinct from events.agent_version
    and sets.provider is not distinct from events.provider
    and sets.amd_provider is not distinct from events.amd_provider
  left join known using (contact_token)
  where events.type = type_code('call.initiated') and events.is_late = 0
),
recent as (
  select dialled.contact_id, dialled.happened_at, dialled.seq, sets.campaign
  from (
    select contact_id, happened_at, seq, set_id
    from dials
    where contact_id in (select contact_id from fresh)
      and happened_at >= (select min(event_time) from fresh) - to_microseconds($duplicate_outreach_us)
    union all
    select contact_id, event_time, seq, set_id
    from fresh
    where contact_id is not null
  ) as dialled
  inner join dimension_sets as sets using (set_id)
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
select fresh.seq, fresh.call_key, fresh.event_time, fresh.set_id, fresh.contact_id, fresh.attempt, doubled.seq is not null
from fresh
left join doubled on doubled.seq = fresh.seq
order by fresh.seq;
