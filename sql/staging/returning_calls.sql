-- relation: returning_calls
-- inputs: batch_events, finished_calls
-- parameters: memory_from_us
insert into returning_calls
with batch_calls as (
  select distinct call_key
  from batch_events
  where is_late = 0 and type <= type_code('turn.interrupted') and type <> type_code('call.initiated')
)
select call_key
from finished_calls
where ended_at >= make_timestamp($memory_from_us) and call_key in (select call_key from batch_calls);
