-- relation: late_events
-- grain: one row per event that was older than the watermark when it came; kept and counted
-- inputs: batch_events
create table if not exists late_events (
  seq bigint not null,
  type varchar not null,
  event_time timestamp not null,
  call_key ubigint,
  answered_by varchar,
  disposition varchar,
  duration_ms integer,
  talk_ms integer,
  ring_ms integer
);
