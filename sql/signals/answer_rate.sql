-- signal: answer_rate
-- summary: answered calls of all seizures (ASR)
-- kind: proportion
-- unit: ratio
-- harmful: down
-- maturity: 90s
-- note: a seizure is a call that reached the network: not canceled, not failed on the platform, not an invalid number
create or replace view answer_rate as
select
  'answer_rate' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  (answered_at is not null)::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and disposition not in ('failed_platform', 'canceled', 'invalid_number');
