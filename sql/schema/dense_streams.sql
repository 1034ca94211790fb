-- relation: dense_streams
-- grain: one row per stream that is counted densely and has been seen
-- inputs: new_observations
-- columns: last_seen_at is the newest window in which it had anything
create table if not exists dense_streams (stream_id ubigint not null, last_seen_at timestamp not null);
