-- relation: closed_streams
-- grain: one row per stream with a new observation, in the order of signal and segment
-- inputs: new_observations, streams
select signal, segment
from streams
where stream_id in (select stream_id from new_observations)
order by signal, segment;
