-- relation: closed_observations
-- grain: as new_observations, in the order in which detectors take them
-- inputs: new_observations
select
  signal,
  segment,
  epoch_us(window_start) as window_us,
  epoch_us(closed_at) as closed_us,
  n,
  total,
  exposure_ms,
  total_squares
from new_observations
order by closed_at, signal, segment, window_start;
