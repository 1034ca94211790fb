-- relation: stream_observations
-- inputs: new_observations
insert into stream_observations
select stream_id, window_start, 0, n, total, exposure_ms, total_squares
from new_observations
order by stream_id, window_start;
