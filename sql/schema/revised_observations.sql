-- relation: revised_observations
-- grain: one row per observation that late events have changed; emptied before every batch
-- inputs: grouped_entities, new_late_merges
create or replace temp table revised_observations (
  stream_id ubigint not null,
  window_start timestamp not null,
  n bigint not null,
  total bigint not null,
  exposure_ms bigint not null,
  total_squares bigint not null
);
