-- signal: derived_interruption_rate_by_callee
-- summary: barge-ins by the callee per minute of talk, worked out from the times of the turns
-- kind: rate
-- unit: per minute
-- harmful: up
-- maturity: 90s
create or replace view derived_interruption_rate_by_callee as
select
  'derived_interruption_rate_by_callee' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  derived_interruptions_by_callee::bigint as total,
  talk_ms::bigint as exposure_ms,
  0::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human' and talk_ms > 0 and agent_speech_ms > 0;
