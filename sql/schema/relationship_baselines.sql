-- relation: relationship_baselines
-- grain: one row per version, relationship and segment
-- inputs: observations, baselines
-- columns: correlation of the Pearson residuals over the history, or, within calls, Yule's Y of the common odds ratio with
--          the standard error of its Fisher's z; x_sd and y_sd are their standard deviations; x_size, y_size
--          and joint_size the mean sizes of the windows (trials, values, minutes) and of sqrt(x size * y size)
create table if not exists relationship_baselines (
  version varchar not null,
  relationship varchar not null,
  segment varchar not null,
  correlation double not null,
  x_sd double not null,
  y_sd double not null,
  windows bigint not null,
  lag1 double not null,
  x_size double not null,
  y_size double not null,
  joint_size double not null,
  standard_error double
);
