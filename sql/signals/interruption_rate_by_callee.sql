-- signal: interruption_rate_by_callee
-- summary: reported barge-ins by the callee per minute of talk, backchannels apart
-- kind: rate
-- unit: per minute
-- harmful: up
-- maturity: 90s
create or replace view interruption_rate_by_callee as
select
  'interruption_rate_by_callee' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  interruptions_by_callee::bigint as total,
  talk_ms::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human' and talk_ms > 0;
