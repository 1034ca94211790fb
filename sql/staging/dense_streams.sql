-- relation: dense_streams
-- inputs: new_observations, streams, signals
insert into dense_streams
select seen.stream_id, max(seen.window_start)
from new_observations as seen
inner join streams using (stream_id)
inner join signals on signals.signal = streams.signal
anti join dense_streams on dense_streams.stream_id = seen.stream_id
where signals.is_dense and not seen.is_silent
group by seen.stream_id;
