-- signal: attempt_volume
-- summary: nothing: the data knows days and no times, so that its minutes say nothing of volume
-- kind: rate
-- unit: per minute
-- harmful: either
-- maturity: 30s
create or replace view attempt_volume as
select
  'attempt_volume' as signal,
  happened_at,
  set_id,
  0::bigint as n,
  0::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from dials
where false;
