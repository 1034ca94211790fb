-- relation: timed_turns
-- grain: one row per turn of the calls that settle with the batch at hand
-- inputs: working_events, settled_calls
-- columns: as landed; of what several events say of a turn, the first stands. A start and an end that cannot both be
--          right (the end first, or later than any call may last) are null, both of them
create or replace temp view timed_turns as
with turn_events as (
  select events.*
  from working_events as events
  inner join settled_calls as settled using (call_key)
  where events.type in (type_code('turn.started'), type_code('turn.ended'), type_code('turn.transcribed'))
    and events.turn_key is not null
    and events.event_time <= settled.settle_until
),
assembled as (
  select
    call_key,
    turn_key,
    arg_min(party, seq) as party,
    coalesce(arg_min(started_at, seq), min(if(type = type_code('turn.started'), event_time, null))) as started_at,
    coalesce(arg_min(ended_at, seq), min(if(type = type_code('turn.ended'), event_time, null))) as ended_at,
    arg_min(response_latency_ms, seq) as response_latency_ms,
    arg_min(confidence_ppm, seq) as confidence_ppm,
    arg_min(text_length, seq) as text_length,
    bit_or(text_marks) as text_marks,
    min(seq) as first_seq
  from turn_events
  group by call_key, turn_key
)
select
  * exclude (is_plausible)
    replace (if(is_plausible, started_at, null) as started_at, if(is_plausible, ended_at, null) as ended_at),
  party = party_code('agent') as is_agent
from (
  select
    *,
    coalesce(date_diff('millisecond', started_at, ended_at) between 0 and getvariable('duration_ms_max')::bigint, true) as is_plausible
  from assembled
);
