-- signal: busy_call_share
-- summary: calls to a busy line, of all finished calls
-- kind: proportion
-- unit: ratio
-- harmful: up
-- maturity: 90s
-- watched: false
-- note: a part of the mix of dispositions; each call has one of them
create or replace view busy_call_share as
select
  'busy_call_share' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  coalesce(disposition = 'busy', false)::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out;
