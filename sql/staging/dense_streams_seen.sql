-- relation: dense_streams
-- inputs: dense_streams, new_observations
update dense_streams
set last_seen_at = seen.window_start
from (
  select stream_id, max(window_start) as window_start
  from new_observations
  where not is_silent
  group by stream_id
) as seen
where seen.stream_id = dense_streams.stream_id;
