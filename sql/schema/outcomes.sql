-- relation: outcomes
-- grain: one row per outcome.recorded event
-- inputs: batch_events
-- columns: value_micros in micros of currency
create table if not exists outcomes (
  seq bigint not null,
  happened_at timestamp not null,
  call_key ubigint,
  account_key ubigint,
  outcome varchar not null,
  value_micros bigint,
  currency varchar
);
