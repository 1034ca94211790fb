-- relation: learned_pieces
-- grain: as stream_pieces: those of the history that baselines may learn from; emptied after a refresh
-- inputs: stream_pieces, streams, signals, excluded_spans, exceptional_days
-- columns: size is what totals are taken over (trials, minutes of exposure, values)
create or replace temp table learned_pieces (
  stream_id ubigint not null,
  local_day date not null,
  hour_of_week smallint not null,
  block integer not null,
  from_at timestamp not null,
  n bigint not null,
  total bigint not null,
  total_squares hugeint not null,
  size double not null
);
