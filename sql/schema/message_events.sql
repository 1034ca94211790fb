-- relation: message_events
-- grain: one row per message.* event
-- inputs: batch_events
create table if not exists message_events (seq bigint not null, happened_at timestamp not null, type varchar not null, message_id varchar not null, channel varchar, call_key ubigint, latency_ms integer);
