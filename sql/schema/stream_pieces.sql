-- relation: stream_pieces
-- grain: one row per stream, local day, hour of the week and block (consecutive windows of the detectors' size)
-- inputs: latest_stream_observations, local_hours, segment_zones
-- columns: whole numbers only, so that sums do not depend on their order; made once per local day
create table if not exists stream_pieces (
  stream_id ubigint not null,
  local_day date not null,
  hour_of_week smallint not null,
  block integer not null,
  from_at timestamp not null,
  to_at timestamp not null,
  n bigint not null,
  total bigint not null,
  exposure_ms bigint not null,
  total_squares hugeint not null
);
