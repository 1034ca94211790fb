-- signal: conversion_rate
-- summary: calls answered by a person that led to a booking, a qualification or a conversion
-- kind: proportion
-- unit: ratio
-- harmful: down
-- maturity: 10m
create or replace view conversion_rate as
select
  'conversion_rate' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  exists (
    select 1
    from outcomes
    where outcomes.call_key = finished_calls.call_key
      and outcomes.outcome in ('booked', 'qualified', 'converted')
      and outcomes.happened_at <= finished_calls.ended_at + (select to_microseconds(maturity_us) from signals where signal = 'conversion_rate')
      -- Another call may have had the same id before, with an outcome of its own.
      and outcomes.happened_at >= finished_calls.initiated_at - (select to_microseconds(maturity_us) from signals where signal = 'conversion_rate')
  )::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human';
