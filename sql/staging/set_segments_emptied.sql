-- relation: set_segments
delete from set_segments;
