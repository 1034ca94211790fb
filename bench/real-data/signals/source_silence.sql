-- signal: source_silence
-- summary: nothing: the data knows days and no times, so that its minutes say nothing of volume
-- kind: proportion
-- unit: ratio
-- harmful: either
-- maturity: 30s
create or replace view source_silence as
select
  'source_silence' as signal,
  happened_at,
  set_id,
  0::bigint as n,
  0::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from dials
where false;
