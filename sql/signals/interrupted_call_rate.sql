-- signal: interrupted_call_rate
-- summary: calls answered by a person in which the callee interrupted at least once
-- kind: proportion
-- unit: ratio
-- harmful: up
-- maturity: 10m
-- watched: false
-- note: of the same calls as conversion_rate, so that both can be looked at call by call
create or replace view interrupted_call_rate as
select
  'interrupted_call_rate' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  (interruptions_by_callee > 0)::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human';
