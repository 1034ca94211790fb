-- signal: call_screening_rate
-- summary: answered calls that a call-screening service took
-- kind: proportion
-- unit: ratio
-- harmful: up
-- maturity: 90s
create or replace view call_screening_rate as
select
  'call_screening_rate' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  (answered_by = 'call_screening')::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and answered_at is not null and answered_by is not null;
