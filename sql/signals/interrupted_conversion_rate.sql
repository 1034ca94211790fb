-- signal: interrupted_conversion_rate
-- summary: calls answered by a person that were both interrupted by the callee and led to a booking, a qualification or a conversion
-- kind: proportion
-- unit: ratio
-- harmful: either
-- maturity: 10m
-- watched: false
-- note: with interrupted_call_rate and conversion_rate, of the same calls, it gives the four counts of their association
create or replace view interrupted_conversion_rate as
select
  'interrupted_conversion_rate' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  (
    interruptions_by_callee > 0
    and exists (
      select 1
      from outcomes
      where outcomes.call_key = finished_calls.call_key
        and outcomes.outcome in ('booked', 'qualified', 'converted')
        and outcomes.happened_at <= finished_calls.ended_at + (select to_microseconds(maturity_us) from signals where signal = 'conversion_rate')
        -- Another call may have had the same id before, with an outcome of its own.
        and outcomes.happened_at >= finished_calls.initiated_at - (select to_microseconds(maturity_us) from signals where signal = 'conversion_rate')
    )
  )::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human';
