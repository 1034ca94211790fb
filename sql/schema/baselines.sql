-- relation: baselines
-- grain: one row per version, signal, segment and local hour of the week (0 is Monday 00:00)
-- inputs: observations
-- columns: level in the signal's natural scale (proportion; events per minute; mean); n_effective in units of n; size is what
--          the history had in that hour (trials; minutes of exposure; values)
create table if not exists baselines (
  version varchar not null,
  signal varchar not null,
  segment varchar not null,
  hour_of_week smallint not null,
  level double not null,
  standard_error double not null,
  value_sd double not null,
  dispersion double not null,
  size double not null,
  n_effective double not null,
  evidence double not null,
  is_sufficient boolean not null
);
