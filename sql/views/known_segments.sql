-- relation: known_segments
-- grain: one row per signal that is counted densely and segment seen so far
-- inputs: dense_streams, streams
create or replace view known_segments as
select streams.signal, streams.segment, dense_streams.last_seen_at
from dense_streams
inner join streams using (stream_id);
