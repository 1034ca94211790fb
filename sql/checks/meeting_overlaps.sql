-- relation: meeting_overlaps
-- grain: one row
-- inputs: turn_times, judged_turns
-- parameters, ms: overlap_ms_min, backchannel_ms_max, yield_ms_max, resume_ms_min
-- columns: turns of the callee, and shares of them
select
  count(*) as turns,
  avg((overlap_ms is not null)::int) as over_other_share,
  avg(is_interruption::int) as interruption_share,
  avg(is_backchannel::int) as backchannel_share,
  avg(is_cut_off::int) as cut_off_share
from judged_turns('turn_times', $overlap_ms_min, $backchannel_ms_max, $yield_ms_max, $resume_ms_min)
where not is_agent;
