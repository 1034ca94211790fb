-- relation: grouped_observations
-- grain: one row per signal, segment and window of the batch at hand in which there was an entity; emptied before every batch
-- inputs: the signal views
create temp table if not exists grouped_observations (
  signal varchar not null,
  segment varchar not null,
  window_start timestamp not null,
  n bigint not null,
  total bigint not null,
  exposure_ms bigint not null,
  total_squares bigint not null
);
