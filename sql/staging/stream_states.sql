-- relation: stream_states
-- grain: one row per stream
-- inputs: stream_states
select stream, state
from stream_states
order by stream;
