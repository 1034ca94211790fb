-- relation: settled_calls
-- inputs: working_events
-- parameters: watermark_us, settle_us, call_open_us
-- A call settles once the watermark has passed the last instant that may still belong to it, so that every event that
-- does belong has come, whatever the batches. The first ending stands.
insert into settled_calls
with first_seen as (
  select call_key, min(event_time) as first_at
  from working_events
  group by call_key
),
endings as (
  select events.call_key, arg_min(events.event_time, events.seq) as ended_at, min(events.seq) as ended_seq
  from working_events as events
  inner join first_seen using (call_key)
  where events.type = type_code('call.ended')
    and events.event_time <= first_seen.first_at + to_microseconds($call_open_us)
  group by events.call_key
),
spans as (
  select
    first_seen.call_key,
    first_seen.first_at,
    coalesce(endings.ended_at, first_seen.first_at + to_microseconds($call_open_us)) as ended_at,
    coalesce(endings.ended_at + to_microseconds($settle_us), first_seen.first_at + to_microseconds($call_open_us)) as settle_until,
    endings.ended_seq,
    endings.ended_at is null as is_timed_out
  from first_seen
  left join endings using (call_key)
)
select call_key, first_at, ended_at, settle_until, ended_seq, is_timed_out
from spans
where settle_until < make_timestamp($watermark_us);
