-- relation: finished_calls
-- inputs: assembled_calls, batch_sets, turn_facts, contacts, dictionary_values
insert into finished_calls
with known as (
  select contact_token, contact_id
  from contacts
  where contact_token in (select contact_token from assembled_calls)
)
select
  assembled.call_key,
  assembled.call_id,
  getvariable('code_direction')[assembled.direction + 1],
  assembled.attempt,
  sets.set_id,
  known.contact_id,
  assembled.account_key,
  coalesce(assembled.initiated_at, assembled.first_at),
  assembled.ringing_at,
  assembled.answered_at,
  assembled.amd_at,
  assembled.ended_at,
  assembled.ring_ms,
  getvariable('code_answered_by')[assembled.answered_by + 1],
  assembled.detection_ms,
  (assembled.confidence_ppm // 100)::smallint,
  getvariable('code_disposition')[assembled.disposition + 1],
  if(assembled.duration_steps = 0, assembled.duration_ms, null),
  if(assembled.talk_steps = 0, assembled.talk_ms, null),
  getvariable('code_hangup_by')[assembled.hangup_by + 1],
  assembled.sip_code,
  assembled.q850_cause,
  assembled.cost_micros,
  d_currency.value,
  assembled.transfers,
  assembled.returned_transfers,
  assembled.endings,
  assembled.initiated_at is null,
  assembled.is_timed_out,
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
from assembled_calls as assembled
inner join batch_sets as sets
  on sets.campaign is not distinct from assembled.campaign
  and sets.number_pool is not distinct from assembled.number_pool
  and sets.caller_id is not distinct from assembled.caller_id
  and sets.region is not distinct from assembled.region
  and sets.channel is not distinct from assembled.channel
  and sets.agent_id is not distinct from assembled.agent_id
  and sets.agent_role is not distinct from assembled.agent_role
  and sets.agent_version is not distinct from assembled.agent_version
  and sets.provider is not distinct from assembled.provider
  and sets.amd_provider is not distinct from assembled.amd_provider
left join turn_facts as facts on facts.call_key = assembled.call_key
left join known on known.contact_token = assembled.contact_token
left join dictionary_values as d_currency on d_currency.column_name = 'currency' and d_currency.id = assembled.currency
order by assembled.ended_at, assembled.first_seq;
