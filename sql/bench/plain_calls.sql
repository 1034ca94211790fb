-- relation: plain_calls
-- grain: one row per call
-- inputs: finished_calls
-- parameters: none
-- columns: what can be reckoned of a call from its events alone, times in microseconds
select
  call_id,
  epoch_us(initiated_at)::double as initiated_us,
  epoch_us(ringing_at)::double as ringing_us,
  epoch_us(answered_at)::double as answered_us,
  epoch_us(ended_at)::double as ended_us,
  is_timed_out,
  (agent_turns + callee_turns)::integer as turns,
  interruptions_by_callee::integer as interruptions_by_callee,
  endings::integer as endings,
  answered_by
from finished_calls
order by ended_at, call_id;
