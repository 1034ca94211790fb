-- relation: batch_events
-- inputs: batch_scan
-- The landed arrays are scanned once, in place; what follows does not need the thread that decodes.
create or replace temp table batch_events as
select * from batch_scan();
