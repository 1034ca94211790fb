-- relation: relationship_pieces
-- inputs: relationship_pieces
-- parameters: before_us
delete from relationship_pieces
where window_start < make_timestamp($before_us);
