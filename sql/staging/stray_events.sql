-- relation: stray_events
-- inputs: working_events, settled_calls, returning_events, batch_events
insert into stray_events
select events.seq, events.event_time, type_name(events.type), events.call_key
from working_events as events
inner join settled_calls as settled using (call_key)
where events.event_time > settled.settle_until and events.event_time <= settled.known_until
union all
select seq, event_time, type_name(type), call_key
from batch_events
where is_late = 0 and type <= type_code('turn.interrupted') and seq in (select seq from returning_events);
