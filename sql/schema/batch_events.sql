-- relation: batch_events
-- grain: one row per event of the batch at hand
-- inputs: batch_scan
-- columns: seq, then what is derived from, as landed
-- What the store cannot take is left out before anything is derived from it: left_out_before_seq and left_out_seqs are
-- set for as long as a frame is applied without some of its events.
-- The landed arrays are scanned once, in place; what follows does not need the thread that decodes.
create or replace temp table batch_events as
select
  seq, type, event_time, is_late, call_id, call_key, turn_key, contact_token, account_key, campaign, number_pool,
  caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider, attempt, direction,
  ring_ms, answered_by, detection_ms, confidence_ppm, is_returned, disposition, duration_ms, talk_ms, hangup_by,
  sip_code, q850_cause, cost_micros, currency, party, started_at, ended_at, response_latency_ms, overlap_ms,
  is_backchannel, text_length, text_marks, message_id, latency_ms, action_id, action, readiness_ppm, reason,
  directive_id, outcome, value_micros, reputation_label, attestation, authority, target, status
from batch_scan()
where seq >= coalesce(getvariable('left_out_before_seq')::bigint, 0)
  and not coalesce(list_contains(getvariable('left_out_seqs')::bigint[], seq), false);
