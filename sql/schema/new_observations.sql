-- relation: new_observations
-- grain: as stream_observations, revision 0, of the batch at hand; emptied before every batch
-- inputs: the signal views
-- columns: is_silent where a dense signal showed nothing
create or replace temp table new_observations (
  stream_id ubigint not null,
  window_start timestamp not null,
  is_silent boolean not null,
  n bigint not null,
  total bigint not null,
  exposure_ms bigint not null,
  total_squares bigint not null
);
