-- relation: hot_events
-- inputs: batch_events, settled_calls, returning_events
insert into hot_events
select
  seq, type, event_time, events.call_key, call_id, turn_key, contact_token, account_key,
  campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider,
  attempt, direction, ring_ms, answered_by, detection_ms, confidence_ppm, is_returned, disposition, duration_ms,
  talk_ms, hangup_by, sip_code, q850_cause, cost_micros, currency, party, started_at, ended_at,
  response_latency_ms, overlap_ms, is_backchannel, text_length, text_marks
from batch_events as events
anti join settled_calls as settled
  on settled.call_key = events.call_key and events.event_time <= settled.known_until
where is_late = 0
  and type <= type_code('turn.interrupted')
  and seq not in (select seq from returning_events)
order by seq;
