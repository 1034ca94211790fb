-- relation: first_observation
-- grain: one row
-- inputs: stream_observations
select epoch_us(min(window_start)) as first_us
from stream_observations;
