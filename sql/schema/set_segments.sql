-- relation: set_segments
-- grain: one row per combination of dimension values and segment of a configured grouping that it belongs to
-- inputs: dimension_sets, groupings
create or replace temp table set_segments (set_id ubigint not null, segment_id integer not null);
