-- relation: returning_calls
-- grain: one row per call that had settled before the batch at hand and has further events in it
-- inputs: batch_events, calls
create or replace temp table returning_calls (call_key ubigint not null);
