-- relation: stream_pieces
-- inputs: stream_pieces
-- parameters: before_us
delete from stream_pieces
where to_at <= make_timestamp($before_us);
