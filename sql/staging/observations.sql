-- relation: observations
-- inputs: new_observations
insert into observations
select signal, segment, window_start, 0, closed_at, n, total, exposure_ms, total_squares
from new_observations;
