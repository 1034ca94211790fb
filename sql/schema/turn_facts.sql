-- relation: turn_facts
-- grain: one row per call that settles with the batch at hand and has turns
-- inputs: turns, assembled_calls
create or replace temp view turn_facts as
select
  turns.call_key,
  count(if(turns.party = 'agent', 1, null)) as agent_turns,
  count(if(turns.party = 'callee', 1, null)) as callee_turns,
  count(turns.text_length) as read_turns,
  count(if(turns.text_marks & mark_bit('commitment') <> 0, 1, null)) as commitment_turns,
  count(if(turns.text_marks & mark_bit('objection') <> 0, 1, null)) as objection_turns,
  count(if(turns.text_marks & mark_bit('opt_out') <> 0, 1, null)) as opt_out_turns,
  count(if(turns.is_interruption and turns.party = 'agent', 1, null)) as derived_interruptions_by_agent,
  count(if(turns.is_interruption and turns.party = 'callee', 1, null)) as derived_interruptions_by_callee,
  sum(if(turns.overlap_ms is not null, least(turns.overlap_ms, date_diff('millisecond', turns.started_at, turns.ended_at)), null))
    as derived_overlap_ms,
  sum(if(turns.party = 'agent', date_diff('millisecond', turns.started_at, turns.ended_at), null)) as agent_speech_ms,
  sum(if(turns.party = 'callee', date_diff('millisecond', turns.started_at, turns.ended_at), null)) as callee_speech_ms,
  count(if(turns.party = 'agent', turns.response_latency_ms, null)) as latencies,
  sum(if(turns.party = 'agent', turns.response_latency_ms, null)) as latency_total_ms,
  sum(if(turns.party = 'agent', turns.response_latency_ms::bigint * turns.response_latency_ms, null)) as latency_total_squares,
  count(turns.confidence) as confidences,
  sum(turns.confidence) as confidence_total,
  sum(turns.confidence::bigint * turns.confidence) as confidence_total_squares
-- Another call may have had the same id before. The least of all bounds what is read of the table.
from turns
inner join assembled_calls as assembled
  on assembled.call_key = turns.call_key and turns.first_seq between assembled.first_seq and assembled.last_seq
where turns.first_seq >= (select coalesce(min(first_seq), 0) from assembled_calls)
group by turns.call_key;
