-- signal: cost_per_engagement
-- summary: mean cost of a call that reached a person
-- kind: mean
-- unit: currency units
-- scale: 10000
-- harmful: up
-- maturity: 90s
-- upper: 100000
-- note: statistics in 1/10,000 of the currency; one currency per deployment is assumed
create or replace view cost_per_engagement as
select
  'cost_per_engagement' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  least(cost_micros, 10000000) // 100::bigint as total,
  0::bigint as exposure_ms,
  (least(cost_micros, 10000000) // 100) * (least(cost_micros, 10000000) // 100)::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human' and cost_micros >= 0;
