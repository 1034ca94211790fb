-- relation: piece_days
-- grain: one row per span of observations that pieces were made of: from_at <= window_start < to_at
-- inputs: observations
create table if not exists piece_days (from_at timestamp not null, to_at timestamp not null);
