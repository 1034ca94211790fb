-- relation: relationship_baselines
-- grain: one row per version, relationship and segment
-- inputs: observations, baselines
-- columns: correlation of the Pearson residuals over the history; x_sd and y_sd are their standard deviations
create table if not exists relationship_baselines (
  version varchar not null,
  relationship varchar not null,
  segment varchar not null,
  correlation double not null,
  x_sd double not null,
  y_sd double not null,
  windows bigint not null,
  lag1 double not null
);
