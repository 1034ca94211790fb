-- signal: interruption_rate_by_agent
-- summary: reported barge-ins by the agent per minute of talk, backchannels apart
-- kind: rate
-- unit: per minute
-- harmful: up
-- maturity: 90s
create or replace view interruption_rate_by_agent as
select
  'interruption_rate_by_agent' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  interruptions_by_agent::bigint as total,
  talk_ms::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human' and talk_ms > 0;
