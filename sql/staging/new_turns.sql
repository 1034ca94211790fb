-- relation: new_turns
-- inputs: timed_turns, judged_turns
-- parameters: overlap_ms_min, backchannel_ms_max, yield_ms_max, resume_ms_min
insert into new_turns
select
  call_key,
  turn_key,
  getvariable('code_party')[party + 1],
  started_at,
  ended_at,
  response_latency_ms,
  (confidence_ppm // 100)::smallint,
  text_length,
  text_marks,
  overlap_ms,
  is_backchannel,
  is_cut_off,
  is_interruption,
  first_seq
from judged_turns('timed_turns', $overlap_ms_min, $backchannel_ms_max, $yield_ms_max, $resume_ms_min)
order by first_seq;
