-- signal: attempt_volume
-- summary: dials per minute
-- kind: rate
-- unit: per minute
-- harmful: either
-- maturity: 30s
-- dense: true
-- dimensions: campaign, number_pool, channel, provider
-- note: every minute of a known segment counts, also one without a dial
create or replace view attempt_volume as
select
  'attempt_volume' as signal,
  happened_at,
  set_id,
  0::bigint as n,
  1::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from dials
where true;
