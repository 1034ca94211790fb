-- relation: calls
-- inputs: working_events, settled_calls, turn_facts, contacts, dictionary_values
insert into calls
with call_events as (
  select events.*, settled.first_at
  from working_events as events
  inner join settled_calls as settled using (call_key)
  where events.event_time <= settled.settle_until
),
assembled as (
  select
    call_key,
    arg_min(call_id, seq) as call_id,
    arg_min(direction, seq) as direction,
    arg_min(attempt, seq) as attempt,
    arg_min(campaign, seq) as campaign,
    arg_min(number_pool, seq) as number_pool,
    arg_min(caller_id, seq) as caller_id,
    arg_min(region, seq) as region,
    arg_min(channel, seq) as channel,
    arg_min(agent_id, seq) as agent_id,
    arg_min(agent_role, seq) as agent_role,
    arg_min(agent_version, seq) as agent_version,
    arg_min(provider, seq) as provider,
    arg_min(amd_provider, seq) as amd_provider,
    arg_min(contact_token, seq) as contact_token,
    arg_min(account_key, seq) as account_key,
    min(event_time) filter (type = type_code('call.initiated')) as initiated_at,
    min(event_time) filter (type = type_code('call.ringing')) as ringing_at,
    min(event_time) filter (type = type_code('call.answered')) as answered_at,
    min(event_time) filter (type = type_code('call.amd')) as amd_at,
    arg_min(ring_ms, seq) as ring_ms,
    arg_min(answered_by, seq) as answered_by,
    arg_min(detection_ms, seq) as detection_ms,
    arg_min(confidence_ppm, seq) filter (type = type_code('call.amd')) as amd_confidence_ppm,
    arg_min(disposition, seq) as disposition,
    arg_min(duration_ms, seq) as duration_ms,
    arg_min(talk_ms, seq) as talk_ms,
    arg_min(hangup_by, seq) as hangup_by,
    arg_min(sip_code, seq) as sip_code,
    arg_min(q850_cause, seq) as q850_cause,
    arg_min(cost_micros, seq) as cost_micros,
    arg_min(currency, seq) as currency,
    count(*) filter (type = type_code('call.transferred')) as transfers,
    count(*) filter (type = type_code('call.transferred') and is_returned = 1) as returned_transfers,
    count(*) filter (type = type_code('call.ended')) as endings,
    count(*) filter (type = type_code('turn.interrupted') and party = party_code('agent') and coalesce(is_backchannel, 0) = 0) as interruptions_by_agent,
    count(*) filter (type = type_code('turn.interrupted') and party = party_code('callee') and coalesce(is_backchannel, 0) = 0) as interruptions_by_callee,
    count(*) filter (type = type_code('turn.interrupted') and is_backchannel = 1) as backchannels,
    coalesce(sum(overlap_ms), 0) as overlap_ms,
    min(seq) as first_seq,
    max(seq) as last_seq
  from call_events
  group by call_key
)
select
  assembled.call_key,
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
  getvariable('code_answered_by')[assembled.answered_by + 1],
  assembled.detection_ms,
  (assembled.amd_confidence_ppm // 100)::smallint,
  getvariable('code_disposition')[assembled.disposition + 1],
  assembled.duration_ms,
  assembled.talk_ms,
  getvariable('code_hangup_by')[assembled.hangup_by + 1],
  assembled.sip_code,
  assembled.q850_cause,
  assembled.cost_micros,
  d_currency.value,
  assembled.transfers,
  assembled.returned_transfers,
  assembled.endings,
  assembled.initiated_at is null,
  settled.is_timed_out,
  coalesce(facts.agent_turns, 0),
  coalesce(facts.callee_turns, 0),
  coalesce(facts.read_turns, 0),
  coalesce(facts.commitment_turns, 0),
  coalesce(facts.objection_turns, 0),
  coalesce(facts.opt_out_turns, 0),
  assembled.interruptions_by_agent,
  assembled.interruptions_by_callee,
  assembled.backchannels,
  assembled.overlap_ms,
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
  assembled.first_seq,
  assembled.last_seq
from assembled
inner join settled_calls as settled using (call_key)
left join turn_facts as facts using (call_key)
left join contacts using (contact_token)
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
left join dictionary_values as d_currency on d_currency.column_name = 'currency' and d_currency.id = assembled.currency
order by settled.ended_at, assembled.first_seq;
