-- relation: grounds
-- grain: one row per episode: what it rested on when it was detected, as far as that was known then
-- inputs: episodes, baselines, mix_baselines, baseline_versions, observations, calls
-- columns: level_segment is whose level it was held against, null where it has none of its own; level and standard_error in the
--          natural scale of the integer statistics; parts: those of a mix, with commas between; calls, first_seq and last_seq:
--          its calls, and the ordinals of their events in the log; counts, segments and points: JSON, of each signal, of
--          the segments that were watched beside it, and of the time before the detection: start (microseconds), n, observed,
--          expected with its band
create table if not exists grounds (
  episode_id varchar not null,
  level_segment varchar,
  level double,
  standard_error double,
  dispersion double,
  n_effective double,
  history_from timestamp,
  history_to timestamp,
  parts varchar,
  calls bigint not null,
  first_seq bigint,
  last_seq bigint,
  counts varchar not null,
  segments varchar not null,
  points varchar not null
);
