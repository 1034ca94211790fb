-- relation: attempts
-- grain: one row per call.initiated event
-- inputs: batch_events
-- columns: is_duplicate_outreach when the same contact got a first attempt of another call shortly before
create table if not exists attempts (
  seq bigint not null,
  call_key ubigint not null,
  happened_at timestamp not null,
  campaign varchar,
  number_pool varchar,
  caller_id varchar,
  region varchar,
  channel varchar,
  agent_id varchar,
  agent_role varchar,
  agent_version varchar,
  provider varchar,
  amd_provider varchar,
  contact_id integer,
  attempt integer,
  is_duplicate_outreach boolean not null
);
