-- relation: verdicts
-- grain: one row per stream and detection window
-- inputs: observations, baselines
-- columns: expected and observed in the signal's natural scale; evidence and threshold as natural logarithms; leaves: groupings
--          from whose levels expected was put together, null where it is the segment's own level; leaf_share: part of the
--          units that were held against those
create table if not exists verdicts (
  signal varchar,
  relationship varchar,
  segment varchar not null,
  detector varchar not null,
  window_start timestamp not null,
  window_end timestamp not null,
  closed_at timestamp not null,
  n bigint not null,
  observed double not null,
  expected double not null,
  dispersion double not null,
  log_evidence double not null,
  log_threshold double not null,
  state varchar not null,
  direction varchar not null,
  effect double not null,
  baseline_version varchar not null,
  leaves varchar,
  leaf_share double not null
);
