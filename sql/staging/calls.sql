-- relation: calls
-- inputs: working_events, settled_calls, turn_facts, contacts, dictionary_values
-- The first ending stands. A dimension is given once; where two values of one were given, the one that this log saw
-- first holds (ids of dictionaries count up).
insert into calls
with call_events as (
  select events.*
  from working_events as events
  inner join settled_calls as settled using (call_key)
  where events.event_time <= settled.settle_until
),
spans as (
  select call_key, min(seq) as first_seq, max(seq) as last_seq
  from call_events
  group by call_key
),
assembled as (
  select
    call_key,
    min(call_id) as call_id,
    min(direction) as direction,
    min(attempt) as attempt,
    min(campaign) as campaign,
    min(number_pool) as number_pool,
    min(caller_id) as caller_id,
    min(region) as region,
    min(channel) as channel,
    min(agent_id) as agent_id,
    min(agent_role) as agent_role,
    min(agent_version) as agent_version,
    min(provider) as provider,
    min(amd_provider) as amd_provider,
    min(contact_token) as contact_token,
    min(account_key) as account_key,
    min(event_time) filter (type = type_code('call.initiated')) as initiated_at,
    min(event_time) filter (type = type_code('call.ringing')) as ringing_at,
    min(event_time) filter (type = type_code('call.answered')) as answered_at,
    min(event_time) filter (type = type_code('call.amd')) as amd_at,
    min(ring_ms) as ring_ms,
    min(seq) filter (type = type_code('call.amd')) as amd_seq,
    count(*) filter (type = type_code('call.transferred')) as transfers,
    count(*) filter (type = type_code('call.transferred') and is_returned = 1) as returned_transfers,
    count(*) filter (type = type_code('call.ended')) as endings,
    count(*) filter (type = type_code('turn.interrupted') and party = party_code('agent') and coalesce(is_backchannel, 0) = 0) as interruptions_by_agent,
    count(*) filter (type = type_code('turn.interrupted') and party = party_code('callee') and coalesce(is_backchannel, 0) = 0) as interruptions_by_callee,
    count(*) filter (type = type_code('turn.interrupted') and is_backchannel = 1) as backchannels,
    coalesce(sum(overlap_ms), 0) as overlap_ms
  from call_events
  where type < type_code('turn.started') or type = type_code('turn.interrupted')
  group by call_key
),
endings as (
  select events.*
  from call_events as events
  inner join settled_calls as settled on settled.call_key = events.call_key and settled.ended_seq = events.seq
),
detections as (
  select events.*
  from call_events as events
  inner join assembled on assembled.call_key = events.call_key and assembled.amd_seq = events.seq
)
select
  spans.call_key,
  assembled.call_id,
  getvariable('code_direction')[assembled.direction + 1],
  assembled.attempt,
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
  contacts.contact_id,
  assembled.account_key,
  coalesce(assembled.initiated_at, settled.first_at),
  assembled.ringing_at,
  assembled.answered_at,
  assembled.amd_at,
  settled.ended_at,
  assembled.ring_ms,
  getvariable('code_answered_by')[detections.answered_by + 1],
  detections.detection_ms,
  (detections.confidence_ppm // 100)::smallint,
  getvariable('code_disposition')[endings.disposition + 1],
  endings.duration_ms,
  endings.talk_ms,
  getvariable('code_hangup_by')[endings.hangup_by + 1],
  endings.sip_code,
  endings.q850_cause,
  endings.cost_micros,
  d_currency.value,
  coalesce(assembled.transfers, 0),
  coalesce(assembled.returned_transfers, 0),
  coalesce(assembled.endings, 0),
  assembled.initiated_at is null,
  settled.is_timed_out,
  coalesce(facts.agent_turns, 0),
  coalesce(facts.callee_turns, 0),
  coalesce(facts.read_turns, 0),
  coalesce(facts.commitment_turns, 0),
  coalesce(facts.objection_turns, 0),
  coalesce(facts.opt_out_turns, 0),
  coalesce(assembled.interruptions_by_agent, 0),
  coalesce(assembled.interruptions_by_callee, 0),
  coalesce(assembled.backchannels, 0),
  coalesce(assembled.overlap_ms, 0),
  coalesce(facts.derived_interruptions_by_agent, 0),
  coalesce(facts.derived_interruptions_by_callee, 0),
  coalesce(facts.derived_overlap_ms, 0),
  coalesce(facts.agent_speech_ms, 0),
  coalesce(facts.callee_speech_ms, 0),
  coalesce(facts.latencies, 0),
  coalesce(facts.latency_total_ms, 0),
  coalesce(facts.latency_total_squares, 0),
  coalesce(facts.confidences, 0),
  coalesce(facts.confidence_total, 0),
  coalesce(facts.confidence_total_squares, 0),
  spans.first_seq,
  spans.last_seq
from spans
inner join settled_calls as settled on settled.call_key = spans.call_key
left join assembled on assembled.call_key = spans.call_key
left join endings on endings.call_key = spans.call_key
left join detections on detections.call_key = spans.call_key
left join turn_facts as facts on facts.call_key = spans.call_key
left join contacts on contacts.contact_token = assembled.contact_token
left join dictionary_values as d_campaign on d_campaign.column_name = 'campaign' and d_campaign.id = assembled.campaign
left join dictionary_values as d_number_pool on d_number_pool.column_name = 'number_pool' and d_number_pool.id = assembled.number_pool
left join dictionary_values as d_caller_id on d_caller_id.column_name = 'caller_id' and d_caller_id.id = assembled.caller_id
left join dictionary_values as d_region on d_region.column_name = 'region' and d_region.id = assembled.region
left join dictionary_values as d_channel on d_channel.column_name = 'channel' and d_channel.id = assembled.channel
left join dictionary_values as d_agent_id on d_agent_id.column_name = 'agent_id' and d_agent_id.id = assembled.agent_id
left join dictionary_values as d_agent_role on d_agent_role.column_name = 'agent_role' and d_agent_role.id = assembled.agent_role
left join dictionary_values as d_agent_version on d_agent_version.column_name = 'agent_version' and d_agent_version.id = assembled.agent_version
left join dictionary_values as d_provider on d_provider.column_name = 'provider' and d_provider.id = assembled.provider
left join dictionary_values as d_amd_provider on d_amd_provider.column_name = 'amd_provider' and d_amd_provider.id = assembled.amd_provider
left join dictionary_values as d_currency on d_currency.column_name = 'currency' and d_currency.id = endings.currency
order by settled.ended_at, spans.first_seq;
