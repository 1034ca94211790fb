-- relation: new_observations
-- grain: as observations, revision 0, of the batch at hand; emptied before every batch
-- inputs: the signal views
create temp table if not exists new_observations (
  signal varchar not null,
  segment varchar not null,
  window_start timestamp not null,
  closed_at timestamp not null,
  n bigint not null,
  total bigint not null,
  exposure_ms bigint not null,
  total_squares bigint not null
);
