-- signal: commitment_rate
-- summary: turns with commitment language, of all turns whose text was read
-- kind: proportion
-- unit: ratio
-- harmful: down
-- maturity: 90s
create or replace view commitment_rate as
select
  'commitment_rate' as signal,
  ended_at as happened_at,
  set_id,
  read_turns::bigint as n,
  commitment_turns::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and read_turns > 0;
