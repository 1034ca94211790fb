-- relation: relationship_pieces
-- grain: one row per relationship, signal, segment, window of the relationship and local hour of the week
-- inputs: latest_observations, local_hours, segment_zones, signals
create table if not exists relationship_pieces (
  relationship varchar not null,
  signal varchar not null,
  segment varchar not null,
  local_day date not null,
  window_start timestamp not null,
  hour_of_week smallint not null,
  n bigint not null,
  total bigint not null,
  exposure_ms bigint not null
);
