-- relation: batch_sets
-- grain: one row per combination of dimension values in the batch at hand; emptied before every batch
-- inputs: assembled_calls, batch_events, dictionary_values
-- columns: ids of dictionary_values, the set that they are, and what the ids stand for
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
  set_id ubigint not null,
  campaign_value varchar,
  number_pool_value varchar,
  caller_id_value varchar,
  region_value varchar,
  channel_value varchar,
  agent_id_value varchar,
  agent_role_value varchar,
  agent_version_value varchar,
  provider_value varchar,
  amd_provider_value varchar
);
