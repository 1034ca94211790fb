-- relation: finished_calls
-- inputs: late_events, new_late_merges
-- Of several late events the one that came first stands: it may have come with a batch before.
update finished_calls
set
  ringing_at = coalesce(finished_calls.ringing_at, filled.ringing_at),
  answered_at = coalesce(finished_calls.answered_at, filled.answered_at),
  amd_at = coalesce(finished_calls.amd_at, filled.amd_at),
  answered_by = coalesce(finished_calls.answered_by, filled.answered_by),
  ring_ms = coalesce(finished_calls.ring_ms, filled.ring_ms)
from (
  select
    late.call_key,
    merged.window_start,
    arg_min(late.event_time, late.seq) filter (late.type = 'call.ringing') as ringing_at,
    arg_min(late.event_time, late.seq) filter (late.type = 'call.answered') as answered_at,
    arg_min(late.event_time, late.seq) filter (late.type = 'call.amd') as amd_at,
    arg_min(late.answered_by, late.seq) as answered_by,
    arg_min(late.ring_ms, late.seq) as ring_ms
  from late_events as late
  inner join new_late_merges as merged using (seq)
  group by late.call_key, merged.window_start
) as filled
where filled.call_key = finished_calls.call_key
  and filled.window_start = date_trunc('minute', finished_calls.ended_at);
