-- relation: latest_observations
-- grain: one row per signal, segment and window: the newest revision
-- inputs: latest_stream_observations, streams
create or replace view latest_observations as
select
  streams.signal,
  streams.segment,
  latest.window_start,
  latest.revision,
  latest.n,
  latest.total,
  latest.exposure_ms,
  latest.total_squares
from latest_stream_observations as latest
inner join streams using (stream_id);
