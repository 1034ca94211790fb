-- signal: completed_call_share
-- summary: calls that were completed or transferred, of all finished calls
-- kind: proportion
-- unit: ratio
-- harmful: down
-- maturity: 90s
-- watched: false
-- note: a part of the mix of dispositions; each call has one of them
create or replace view completed_call_share as
select
  'completed_call_share' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  coalesce(disposition in ('completed', 'transferred'), false)::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out;
