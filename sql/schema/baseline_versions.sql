-- relation: baseline_versions
-- grain: one row per refresh
-- inputs: observations
-- columns: units_per_week is what the budget is spread over; thresholds as natural logarithms
create table if not exists baseline_versions (
  version varchar not null,
  as_of timestamp not null,
  history_from timestamp not null,
  history_to timestamp not null,
  days bigint not null,
  streams bigint not null,
  units_per_week double not null,
  log_threshold double not null,
  relationship_windows_per_week double not null,
  relationship_log_threshold double not null
);
