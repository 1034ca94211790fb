-- relation: stream_observations
-- inputs: revised_observations
delete from stream_observations
where revision > 0
  and (stream_id, window_start) in (select (stream_id, window_start) from revised_observations);
