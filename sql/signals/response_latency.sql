-- signal: response_latency
-- summary: mean silence before the agent speaks
-- kind: mean
-- unit: s
-- scale: 1000
-- harmful: up
-- maturity: 90s
-- upper: 20000
create or replace view response_latency as
select
  'response_latency' as signal,
  ended_at as happened_at,
  set_id,
  latencies::bigint as n,
  latency_total_ms::bigint as total,
  0::bigint as exposure_ms,
  latency_total_squares::bigint as total_squares
from finished_calls
where not is_timed_out and latencies > 0;
