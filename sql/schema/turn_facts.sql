-- relation: turn_facts
-- grain: one row per call that settles with the batch at hand and has turns
-- inputs: turns, settled_calls
create or replace temp view turn_facts as
select
  turns.call_key,
  count(*) filter (turns.party = 'agent') as agent_turns,
  count(*) filter (turns.party = 'callee') as callee_turns,
  count(turns.text_length) as read_turns,
  count(*) filter (turns.text_marks & mark_bit('commitment') <> 0) as commitment_turns,
  count(*) filter (turns.text_marks & mark_bit('objection') <> 0) as objection_turns,
  count(*) filter (turns.text_marks & mark_bit('opt_out') <> 0) as opt_out_turns,
  count(*) filter (turns.is_interruption and turns.party = 'agent') as derived_interruptions_by_agent,
  count(*) filter (turns.is_interruption and turns.party = 'callee') as derived_interruptions_by_callee,
  sum(least(turns.overlap_ms, date_diff('millisecond', turns.started_at, turns.ended_at)))
    filter (turns.overlap_ms is not null) as derived_overlap_ms,
  sum(date_diff('millisecond', turns.started_at, turns.ended_at)) filter (turns.party = 'agent') as agent_speech_ms,
  sum(date_diff('millisecond', turns.started_at, turns.ended_at)) filter (turns.party = 'callee') as callee_speech_ms,
  count(turns.response_latency_ms) filter (turns.party = 'agent') as latencies,
  sum(turns.response_latency_ms) filter (turns.party = 'agent') as latency_total_ms,
  sum(turns.response_latency_ms::bigint * turns.response_latency_ms) filter (turns.party = 'agent') as latency_total_squares,
  count(turns.confidence) as confidences,
  sum(turns.confidence) as confidence_total,
  sum(turns.confidence::bigint * turns.confidence) as confidence_total_squares
from turns
where turns.first_seq >= (select coalesce(min(seq), 0) from working_events)
  and turns.call_key in (select call_key from settled_calls)
group by turns.call_key;
