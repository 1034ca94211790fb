-- relation: segments
-- grain: one row per segment of a configured grouping that has been seen
-- inputs: dimension_sets, groupings
-- columns: segment_id counts in the order in which this store came to know them; segment is the canonical text
create table if not exists segments (segment_id integer not null, segment varchar not null);
