-- relation: dials
-- grain: one row per call.initiated event
-- inputs: batch_events
-- columns: is_duplicate_outreach when the same contact got a first attempt of another call shortly before
create table if not exists dials (
  seq bigint not null,
  call_key ubigint not null,
  happened_at timestamp not null,
  set_id ubigint not null,
  contact_id integer,
  attempt integer,
  is_duplicate_outreach boolean not null
);
