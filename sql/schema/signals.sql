-- relation: signals
-- grain: one row per registered signal, from the header of its file
-- inputs: sql/signals and the operator's folder
-- columns: maturity_us in microseconds; upper in the unit of the integer statistics;
--          is_watched is false where only relationships look at it
create table if not exists signals (
  signal varchar not null,
  summary varchar not null,
  kind varchar not null,
  unit varchar not null,
  scale double not null,
  harmful varchar not null,
  maturity_us bigint not null,
  upper double,
  is_dense boolean not null,
  dimensions varchar[] not null,
  is_watched boolean not null
);
