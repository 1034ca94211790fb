-- relation: batch_events
-- grain: one row per event of the batch at hand
-- inputs: batch_scan
-- columns: seq, then the columns of the event contract as landed
create or replace temp table batch_events as
select * from batch_scan();
