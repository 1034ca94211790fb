-- relation: assembled_calls
-- inputs: working_events, settled_calls, stray_events
-- The first ending stands, and the first detection. A dimension is given once; where two values of one were given, the one
-- that this log saw first holds (ids of dictionaries count up).
insert into assembled_calls
select
  call_key,
  min(call_id),
  min(direction),
  min(attempt),
  min(campaign),
  min(number_pool),
  min(caller_id),
  min(region),
  min(channel),
  min(agent_id),
  min(agent_role),
  min(agent_version),
  min(provider),
  min(amd_provider),
  arg_min(contact_token, seq),
  min(account_key),
  min(event_time) filter (type = type_code('call.initiated')),
  min(event_time) filter (type = type_code('call.ringing')),
  min(event_time) filter (type = type_code('call.answered')),
  min(event_time) filter (type = type_code('call.amd')),
  min(ring_ms),
  arg_min(answered_by, seq) filter (type = type_code('call.amd')),
  arg_min_null(detection_ms, seq) filter (type = type_code('call.amd')),
  arg_min_null(confidence_ppm, seq) filter (type = type_code('call.amd')),
  any_value(disposition) filter (is_ending),
  any_value(duration_ms) filter (is_ending),
  any_value(talk_ms) filter (is_ending),
  any_value(hangup_by) filter (is_ending),
  any_value(sip_code) filter (is_ending),
  any_value(q850_cause) filter (is_ending),
  any_value(cost_micros) filter (is_ending),
  any_value(currency) filter (is_ending),
  count(*) filter (type = type_code('call.transferred')),
  count(*) filter (type = type_code('call.transferred') and is_returned = 1),
  count(*) filter (type = type_code('call.ended')),
  count(*) filter (type = type_code('turn.interrupted') and party = party_code('agent') and coalesce(is_backchannel, 0) = 0),
  count(*) filter (type = type_code('turn.interrupted') and party = party_code('callee') and coalesce(is_backchannel, 0) = 0),
  count(*) filter (type = type_code('turn.interrupted') and is_backchannel = 1),
  coalesce(sum(overlap_ms), 0),
  min(seq),
  max(seq)
from (
  select
    *,
    seq in (select ended_seq from settled_calls) as is_ending,
    call_key in (select call_key from settled_calls) as is_settled
  from working_events
  where seq not in (select seq from stray_events where seq >= (select coalesce(min(seq), 0) from working_events))
)
where is_settled
group by call_key;
