-- relation: dense_streams
-- inputs: dense_streams, streams, segments, set_segments
-- A segment that no grouping makes any more is not silent: nobody looks.
delete from dense_streams
where stream_id not in (
  select streams.stream_id
  from streams
  inner join segments using (segment)
  where segments.segment_id in (select segment_id from set_segments)
);
