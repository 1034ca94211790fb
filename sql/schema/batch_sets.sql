-- relation: batch_sets
-- grain: one row per combination of dimension values in the batch at hand; emptied before every batch
-- inputs: assembled_calls, batch_events, dictionary_values
-- columns: ids of dictionary_values, and the set that they are
create or replace temp table batch_sets (
  campaign integer,
  number_pool integer,
  caller_id integer,
  region integer,
  channel integer,
  agent_id integer,
  agent_role integer,
  agent_version integer,
  provider integer,
  amd_provider integer,
  set_id ubigint not null
);
