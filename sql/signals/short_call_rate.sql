-- signal: short_call_rate
-- summary: calls answered by a person that talked for less than 10 s
-- kind: proportion
-- unit: ratio
-- harmful: up
-- maturity: 90s
-- note: 10 s is part of the definition of the signal, not a threshold of a detector
create or replace view short_call_rate as
select
  'short_call_rate' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  (talk_ms < 10000)::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human' and talk_ms is not null;
