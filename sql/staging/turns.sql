-- relation: turns
-- inputs: working_events, settled_calls
-- parameters: overlap_ms_min, backchannel_ms_max, yield_ms_max
-- A turn that starts while the other side is still talking is a barge-in, unless it is short and the other side goes
-- on (a backchannel). The other side is cut off when it stops within yield_ms_max of the barge-in.
insert into turns
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
    coalesce(arg_min(started_at, seq), min(event_time) filter (type = type_code('turn.started'))) as started_at,
    coalesce(arg_min(ended_at, seq), min(event_time) filter (type = type_code('turn.ended'))) as ended_at,
    arg_min(response_latency_ms, seq) as response_latency_ms,
    arg_min(confidence_ppm, seq) as confidence_ppm,
    arg_min(text_length, seq) as text_length,
    bit_or(text_marks) as text_marks,
    min(seq) as first_seq
  from turn_events
  group by call_key, turn_key
),
timed as (
  select
    *,
    party = party_code('agent') as is_agent
  from assembled
),
against as (
  select
    *,
    case
      when is_agent then max(ended_at) filter (not is_agent) over before
      else max(ended_at) filter (is_agent) over before
    end as other_until,
    min(started_at) filter (is_agent) over after as next_agent_at,
    min(started_at) filter (not is_agent) over after as next_callee_at,
    lag(ended_at) over (partition by call_key, is_agent order by started_at, first_seq) as own_until
  from timed
  where started_at is not null and ended_at is not null and ended_at >= started_at
  window
    before as (partition by call_key order by started_at, first_seq rows between unbounded preceding and 1 preceding),
    after as (partition by call_key order by started_at, first_seq rows between 1 following and unbounded following)
),
judged as (
  select
    *,
    case when other_until > started_at + to_milliseconds($overlap_ms_min) then date_diff('millisecond', started_at, other_until) end as overlap_ms,
    ended_at < other_until and ended_at <= started_at + to_milliseconds($backchannel_ms_max) as is_short_inside,
    case when is_agent then next_callee_at else next_agent_at end as next_other_at
  from against
),
finished as (
  select
    *,
    overlap_ms is not null and coalesce(is_short_inside, false) as is_backchannel,
    overlap_ms is not null and not coalesce(is_short_inside, false) as is_interruption,
    -- Cut off: the other side came in while this turn ran, and it ended soon after.
    coalesce(
      next_other_at + to_milliseconds($overlap_ms_min) < ended_at
      and ended_at <= next_other_at + to_milliseconds($yield_ms_max),
      false
    ) as is_cut_off
  from judged
)
select
  timed.call_key,
  timed.turn_key,
  getvariable('code_party')[timed.party + 1],
  timed.started_at,
  timed.ended_at,
  timed.response_latency_ms,
  (timed.confidence_ppm // 100)::smallint,
  timed.text_length,
  timed.text_marks,
  finished.overlap_ms,
  coalesce(finished.is_backchannel, false),
  coalesce(finished.is_cut_off, false),
  coalesce(finished.is_interruption, false),
  timed.first_seq
from timed
left join finished using (call_key, turn_key)
order by timed.first_seq;
