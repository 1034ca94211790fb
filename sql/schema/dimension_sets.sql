-- relation: dimension_sets
-- grain: one row per combination of dimension values that a call or an attempt had
-- inputs: settled_calls, batch_events, dictionary_values
-- columns: set_id is made of the values alone (64 bits of an MD5), so that it is the same in every store
create table if not exists dimension_sets (
  set_id ubigint not null,
  campaign varchar,
  number_pool varchar,
  caller_id varchar,
  region varchar,
  channel varchar,
  agent_id varchar,
  agent_role varchar,
  agent_version varchar,
  provider varchar,
  amd_provider varchar
);
