-- signal: cellular_share
-- summary: calls to a mobile number, of all calls
-- kind: proportion
-- unit: ratio
-- harmful: either
-- maturity: 90s
-- dimensions: campaign
create or replace view cellular_share as
select
  'cellular_share' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  (channel = 'cellular')::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from calls
where not is_timed_out and channel is not null;
