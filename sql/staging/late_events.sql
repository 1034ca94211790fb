-- relation: late_events
-- inputs: batch_events
insert into late_events
select
  seq,
  type_name(type),
  event_time,
  call_key,
  getvariable('code_answered_by')[answered_by + 1],
  getvariable('code_disposition')[disposition + 1],
  duration_ms,
  talk_ms,
  ring_ms
from batch_events
where is_late = 1
order by seq;
