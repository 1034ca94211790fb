-- relation: assembled_calls
-- inputs: working_events, settled_calls
-- A condition inside an aggregate stands in if(): with filter, each would have a copy of all columns to itself.
-- An event beyond the last instant of its call is a stray one.
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
  min(if(type = type_code('call.initiated'), event_time, null)),
  min(if(type = type_code('call.ringing'), event_time, null)),
  min(if(type = type_code('call.answered'), event_time, null)),
  min(if(type = type_code('call.amd'), event_time, null)),
  min(ring_ms),
  arg_min(answered_by, if(type = type_code('call.amd'), seq, null)),
  arg_min_null(detection_ms, if(type = type_code('call.amd'), seq, null)),
  arg_min_null(confidence_ppm, if(type = type_code('call.amd'), seq, null)),
  any_value(if(is_ending, disposition, null)),
  any_value(if(is_ending, duration_ms, null)),
  any_value(if(is_ending, talk_ms, null)),
  any_value(if(is_ending, hangup_by, null)),
  any_value(if(is_ending, sip_code, null)),
  any_value(if(is_ending, q850_cause, null)),
  any_value(if(is_ending, cost_micros, null)),
  any_value(if(is_ending, currency, null)),
  count(if(type = type_code('call.transferred'), 1, null)),
  count(if(type = type_code('call.transferred') and is_returned = 1, 1, null)),
  count(if(type = type_code('call.ended'), 1, null)),
  count(if(type = type_code('turn.interrupted') and party = party_code('agent') and coalesce(is_backchannel, 0) = 0, 1, null)),
  count(if(type = type_code('turn.interrupted') and party = party_code('callee') and coalesce(is_backchannel, 0) = 0, 1, null)),
  count(if(type = type_code('turn.interrupted') and is_backchannel = 1, 1, null)),
  coalesce(sum(overlap_ms), 0),
  min(seq),
  max(seq)
from (
  select events.*, events.seq = settled.ended_seq as is_ending
  from working_events as events
  inner join settled_calls as settled using (call_key)
  where events.event_time <= settled.settle_until
)
group by call_key;
