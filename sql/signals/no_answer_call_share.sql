-- signal: no_answer_call_share
-- summary: calls that nobody answered, of all finished calls
-- kind: proportion
-- unit: ratio
-- harmful: up
-- maturity: 90s
-- watched: false
-- note: a part of the mix of dispositions; each call has one of them
create or replace view no_answer_call_share as
select
  'no_answer_call_share' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  coalesce(disposition = 'no_answer', false)::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out;
