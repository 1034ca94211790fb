-- relation: new_late_merges
-- grain: as late_merges, of the batch at hand; emptied before every batch
-- inputs: late_events, calls
create or replace temp table new_late_merges (seq bigint not null, call_key ubigint not null, window_start timestamp not null);
