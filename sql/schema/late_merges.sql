-- relation: late_merges
-- grain: one row per late event that filled in a settled call
-- inputs: late_events, calls
-- columns: window_start is the window whose observations it revises
create table if not exists late_merges (seq bigint not null, call_key ubigint not null, window_start timestamp not null);
