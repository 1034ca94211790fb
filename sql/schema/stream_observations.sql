-- relation: stream_observations
-- grain: one row per stream, one-minute window and revision
-- inputs: the signal views
-- columns: integer sufficient statistics (proportion: total of n; rate: total over exposure_ms; mean: total of n values);
--          revision 0 is what the detectors saw, a late event makes the next
create table if not exists stream_observations (
  stream_id ubigint not null,
  window_start timestamp not null,
  revision integer not null,
  n bigint not null,
  total bigint not null,
  exposure_ms bigint not null,
  total_squares bigint not null
);
