-- relation: assembled_calls
-- inputs: working_events, settled_calls
-- A condition inside an aggregate stands in if(): with filter, each would have a copy of all columns to itself.
-- An event beyond the last instant of its call is a stray one.
-- The first ending stands, and the first detection. A dimension is given once; where two values of one were given, the one
-- that this log saw first holds (ids of dictionaries count up).
insert into assembled_calls
with assembled as (
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
    arg_min(contact_token, seq) as contact_token,
    min(account_key) as account_key,
    min(if(type = type_code('call.initiated'), event_time, null)) as initiated_at,
    min(if(type = type_code('call.ringing'), event_time, null)) as ringing_at,
    min(if(type = type_code('call.answered'), event_time, null)) as answered_at,
    min(if(type = type_code('call.amd'), event_time, null)) as amd_at,
    min(ring_ms) as ring_ms,
    arg_min(answered_by, if(type = type_code('call.amd'), seq, null)) as answered_by,
    arg_min_null(detection_ms, if(type = type_code('call.amd'), seq, null)) as detection_ms,
    arg_min_null(confidence_ppm, if(type = type_code('call.amd'), seq, null)) as confidence_ppm,
    any_value(if(is_ending, disposition, null)) as disposition,
    any_value(if(is_ending, duration_ms, null)) as duration_ms,
    any_value(if(is_ending, talk_ms, null)) as talk_ms,
    any_value(if(is_ending, hangup_by, null)) as hangup_by,
    any_value(if(is_ending, sip_code, null)) as sip_code,
    any_value(if(is_ending, q850_cause, null)) as q850_cause,
    any_value(if(is_ending, cost_micros, null)) as cost_micros,
    any_value(if(is_ending, currency, null)) as currency,
    count(if(type = type_code('call.transferred'), 1, null)) as transfers,
    count(if(type = type_code('call.transferred') and is_returned = 1, 1, null)) as returned_transfers,
    count(if(type = type_code('call.ended'), 1, null)) as endings,
    count(if(type = type_code('turn.interrupted') and party = party_code('agent') and coalesce(is_backchannel, 0) = 0, 1, null)) as interruptions_by_agent,
    count(if(type = type_code('turn.interrupted') and party = party_code('callee') and coalesce(is_backchannel, 0) = 0, 1, null)) as interruptions_by_callee,
    count(if(type = type_code('turn.interrupted') and is_backchannel = 1, 1, null)) as backchannels,
    coalesce(sum(overlap_ms), 0) as overlap_ms,
    min(seq) as first_seq,
    max(seq) as last_seq,
    min(first_at) as first_at,
    min(ended_at) as ended_at,
    bool_and(is_timed_out) as is_timed_out
  from (
    select
      events.* exclude (ended_at),
      events.seq = settled.ended_seq as is_ending,
      settled.first_at,
      settled.ended_at,
      settled.is_timed_out
    from working_events as events
    inner join settled_calls as settled using (call_key)
    where events.event_time <= settled.settle_until
  )
  group by call_key
)
select
  *,
  unit_steps(duration_ms, coalesce(initiated_at, first_at), answered_at, ended_at),
  unit_steps(talk_ms, answered_at, answered_at, ended_at)
from assembled;
