-- signal: handoff_rate
-- summary: calls answered by a person that were transferred
-- kind: proportion
-- unit: ratio
-- harmful: up
-- maturity: 90s
create or replace view handoff_rate as
select
  'handoff_rate' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  (transfers > 0)::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human';
