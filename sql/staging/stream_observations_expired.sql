-- relation: stream_observations
-- inputs: stream_observations
-- parameters: before_us
delete from stream_observations
where window_start < make_timestamp($before_us);
