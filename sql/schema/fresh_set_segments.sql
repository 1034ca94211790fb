-- relation: fresh_set_segments
-- grain: one row per combination of dimension values that set_segments does not hold yet, and segment that it belongs to
-- inputs: dimension_sets, groupings, set_segments
create or replace temp table fresh_set_segments (set_id ubigint not null, grouping_id integer not null, segment varchar not null);
