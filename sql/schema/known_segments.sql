-- relation: known_segments
-- grain: one row per signal that is counted densely and segment seen so far
-- inputs: new_observations
-- columns: last_seen_at is the newest window in which it had anything
create table if not exists known_segments (signal varchar not null, segment varchar not null, first_seen_at timestamp not null, last_seen_at timestamp not null);
