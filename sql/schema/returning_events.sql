-- relation: returning_events
-- grain: one row per event in the batch at hand of a call that had settled before it (an ended call is never opened again)
-- inputs: batch_events, finished_calls
create or replace temp table returning_events (seq bigint not null);
