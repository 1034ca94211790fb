-- relation: baseline_history
-- grain: one row per signal, segment and window of the history that baselines may learn from; emptied before a refresh
-- inputs: latest_observations, excluded_spans, exceptional_days, local_hours
-- columns: size is what totals are taken over (trials, minutes of exposure, values)
create temp table if not exists baseline_history (
  signal varchar not null,
  segment varchar not null,
  window_start timestamp not null,
  hour_of_week smallint not null,
  local_day date not null,
  n bigint not null,
  total bigint not null,
  size double not null,
  total_squares bigint not null
);
