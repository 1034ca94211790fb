-- grain: one row per signal, segment and minute of the last day
-- inputs: observations
-- columns: at_us in microseconds since 1970, UTC; n in units of the signal; exposure_ms
select
  signal,
  segment,
  epoch_us(window_start)::bigint as at_us,
  n,
  exposure_ms
from observations
where revision = 0
  and n > 0
  and signal in ('answer_rate', 'voicemail_rate', 'call_screening_rate', 'interruption_rate_by_callee', 'commitment_rate')
  and window_start >= (select max(window_start) - interval 16 hours from observations);
