-- relation: action_events
-- grain: one row per action.* event
-- inputs: batch_events
-- columns: readiness in parts per million
create table if not exists action_events (seq bigint not null, happened_at timestamp not null, type varchar not null, action_id varchar not null, action varchar not null, call_key ubigint, readiness_ppm integer, directive_id varchar, reason varchar);
