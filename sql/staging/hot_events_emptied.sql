-- relation: hot_events
-- inputs: settled_calls
-- What is later than the call that has settled is of the next one with its id.
delete from hot_events
using settled_calls as settled
where hot_events.call_key = settled.call_key and hot_events.event_time <= settled.known_until;
