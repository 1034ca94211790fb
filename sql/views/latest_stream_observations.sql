-- relation: latest_stream_observations
-- grain: one row per stream and window: the newest revision
-- inputs: stream_observations
create or replace view latest_stream_observations as
with revised as (
  select stream_id, window_start, max(revision) as revision
  from stream_observations
  where revision > 0
  group by stream_id, window_start
)
select observed.*
from stream_observations as observed
anti join revised
  on revised.stream_id = observed.stream_id
  and revised.window_start = observed.window_start
  and revised.revision > observed.revision;
