-- relation: stray_events
-- grain: one row per event that came for a call after it had settled (an ended call is never opened again)
-- inputs: batch_events, hot_events
create table if not exists stray_events (seq bigint not null, event_time timestamp not null, type varchar not null, call_key ubigint not null);
