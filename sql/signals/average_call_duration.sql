-- signal: average_call_duration
-- summary: mean talk time of calls answered by a person (ACD)
-- kind: mean
-- unit: s
-- scale: 1000
-- harmful: down
-- maturity: 90s
-- upper: 600000
create or replace view average_call_duration as
select
  'average_call_duration' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  least(talk_ms, 600000)::bigint as total,
  0::bigint as exposure_ms,
  least(talk_ms, 600000)::bigint * least(talk_ms, 600000)::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human' and talk_ms is not null;
