-- relation: turn_facts
-- grain: one row per call that settles with the batch at hand and has turns
-- inputs: new_turns
create or replace temp view turn_facts as
select
  call_key,
  count(if(party = 'agent', 1, null)) as agent_turns,
  count(if(party = 'callee', 1, null)) as callee_turns,
  count(text_length) as read_turns,
  count(if(text_marks & mark_bit('commitment') <> 0, 1, null)) as commitment_turns,
  count(if(text_marks & mark_bit('objection') <> 0, 1, null)) as objection_turns,
  count(if(text_marks & mark_bit('opt_out') <> 0, 1, null)) as opt_out_turns,
  count(if(is_interruption and party = 'agent', 1, null)) as derived_interruptions_by_agent,
  count(if(is_interruption and party = 'callee', 1, null)) as derived_interruptions_by_callee,
  sum(if(overlap_ms is not null, least(overlap_ms, date_diff('millisecond', started_at, ended_at)), null))
    as derived_overlap_ms,
  sum(if(party = 'agent', date_diff('millisecond', started_at, ended_at), null)) as agent_speech_ms,
  sum(if(party = 'callee', date_diff('millisecond', started_at, ended_at), null)) as callee_speech_ms,
  count(if(party = 'agent', response_latency_ms, null)) as latencies,
  sum(if(party = 'agent', response_latency_ms, null)) as latency_total_ms,
  sum(if(party = 'agent', response_latency_ms::bigint * response_latency_ms, null)) as latency_total_squares,
  count(confidence) as confidences,
  sum(confidence) as confidence_total,
  sum(confidence::bigint * confidence) as confidence_total_squares
from new_turns
group by call_key;
