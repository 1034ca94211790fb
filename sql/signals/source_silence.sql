-- signal: source_silence
-- summary: minutes in which a segment that usually dials does not
-- kind: proportion
-- unit: ratio
-- harmful: up
-- maturity: 30s
-- dense: true
-- dimensions: campaign, number_pool, channel, provider
-- note: dense: a window without entities is a silent one
create or replace view source_silence as
select
  'source_silence' as signal,
  happened_at,
  set_id,
  0::bigint as n,
  1::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from dials
where true;
