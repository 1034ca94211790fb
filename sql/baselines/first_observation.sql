-- relation: first_observation
-- grain: one row
-- inputs: observations
select epoch_us(min(window_start)) as first_us
from observations;
