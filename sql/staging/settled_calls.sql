-- relation: settled_calls
-- inputs: working_events
-- parameters: watermark_us, settle_us, call_open_us, memory_us
-- A call settles once the watermark has passed the last instant that may still belong to it, so that every event that
-- does belong has come, whatever the batches. The first ending stands, of those within the time that a call may be open.
insert into settled_calls
with seen as (
  select
    call_key,
    min(event_time) as first_at,
    list({'seq': seq, 'ended_at': event_time}) filter (type = type_code('call.ended')) as endings
  from working_events
  group by call_key
),
ended as (
  select
    call_key,
    first_at,
    first_at + to_microseconds($call_open_us) as open_until,
    list_min(list_filter(endings, lambda ending: ending.ended_at <= first_at + to_microseconds($call_open_us))) as ending
  from seen
),
spans as (
  select
    call_key,
    first_at,
    coalesce(ending.ended_at, open_until) as ended_at,
    coalesce(ending.ended_at + to_microseconds($settle_us), open_until) as settle_until,
    ending.seq as ended_seq,
    ending.ended_at is null as is_timed_out
  from ended
)
select
  call_key,
  first_at,
  ended_at,
  settle_until,
  greatest(settle_until, ended_at + to_microseconds($memory_us)),
  ended_seq,
  is_timed_out
from spans
where settle_until < make_timestamp($watermark_us);
