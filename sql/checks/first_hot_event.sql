-- relation: first_hot_event
-- grain: one row
-- inputs: hot_events
-- columns: from_us: the earliest time of an event of a call that has not settled; null where there is none
select epoch_us(min(event_time)) as from_us
from hot_events;
