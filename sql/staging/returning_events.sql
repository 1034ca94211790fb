-- relation: returning_events
-- inputs: batch_events, finished_calls
-- parameters: memory_us, memory_from_us
-- An event by itself, and a dial as any other: whether it comes with further events of its call must not matter. Of the calls
-- those are read whose memory has not ended before the batch begins.
insert into returning_events
select events.seq
from batch_events as events
inner join finished_calls as calls using (call_key)
where events.is_late = 0
  and events.type <= type_code('turn.interrupted')
  and calls.ended_at >= make_timestamp($memory_from_us)
  and calls.ended_at >= events.event_time - to_microseconds($memory_us);
