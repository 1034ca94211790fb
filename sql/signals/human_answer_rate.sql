-- signal: human_answer_rate
-- summary: calls answered by a person, of all seizures
-- kind: proportion
-- unit: ratio
-- harmful: down
-- maturity: 90s
create or replace view human_answer_rate as
select
  'human_answer_rate' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  coalesce((answered_at is not null and answered_by = 'human')::int, 0)::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and disposition not in ('failed_platform', 'canceled', 'invalid_number');
