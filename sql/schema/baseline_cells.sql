-- relation: baseline_cells
-- grain: one row per signal, segment and hour of the week; emptied before a refresh
-- inputs: baseline_pieces
-- columns: variance is that of a single value (means), of a trial (proportions) or per unit of exposure (rates)
create or replace temp table baseline_cells (
  stream_id ubigint not null,
  signal varchar not null,
  segment varchar not null,
  hour_of_week smallint not null,
  kind varchar not null,
  n double not null,
  size double not null,
  total double not null,
  raw double not null,
  variance double not null
);
