-- relation: hot_events
-- inputs: settled_calls
delete from hot_events where call_key in (select call_key from settled_calls);
