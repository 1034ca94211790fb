-- relation: unit_volumes
-- grain: one row per signal, segment and minute with units, since an instant
-- inputs: observations
-- parameters: from_us
-- columns: at_us in microseconds since 1970, UTC; n in units of the signal; exposure_ms
select
  signal,
  segment,
  epoch_us(window_start)::bigint as at_us,
  n,
  exposure_ms
from observations
where revision = 0 and n > 0 and window_start >= make_timestamp($from_us)
order by signal, segment, window_start;
