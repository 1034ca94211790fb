-- mapping: tau-voice
-- reads: simulations of tau2-bench's voice mode, one JSON object a line, with ticks of 0.2 s
-- assumes:
--   * times without a zone are UTC; tick n begins n x 0.2 s after the first tick's time stamp (the stamps themselves
--     follow the machine that ran the simulation, not the call)
--   * a turn is a run of ticks in which one side speaks; the last tick is left out when the caller's speech begins with
--     it: it is the signal to stop
--   * the caller, a simulated person, is the callee, and a person
with simulations as (
  select
    id as call_id,
    timezone('UTC', start_time) as started_at,
    timezone('UTC', ticks[1].timestamp) as answered_at,
    len(ticks) as tick_count,
    termination_reason,
    ticks
  from read_json(
    getvariable('file'),
    format = 'newline_delimited',
    columns = {
      id: 'varchar',
      start_time: 'timestamp',
      termination_reason: 'varchar',
      ticks: 'struct(tick_id integer, "timestamp" timestamp, agent_chunk struct(contains_speech boolean), user_chunk struct(contains_speech boolean))[]'
    }
  )
),
ticks as (
  select call_id, tick_count, unnest(ticks) as tick
  from simulations
),
spoken as (
  select call_id, tick_count, 'agent' as speaker, tick.tick_id
  from ticks
  where tick.agent_chunk.contains_speech
  union all
  select call_id, tick_count, 'callee', tick.tick_id
  from ticks
  where tick.user_chunk.contains_speech
),
runs as (
  select *, tick_id - row_number() over (partition by call_id, speaker order by tick_id) as run
  from spoken
),
turns as (
  select call_id, speaker, min(tick_id) as first_tick, max(tick_id) + 1 as next_tick
  from runs
  group by call_id, speaker, run
  having not (speaker = 'callee' and min(tick_id) = any_value(tick_count) - 1)
)
select 'call.initiated' as type, started_at as time, call_id || '/initiated' as id, call_id
from simulations
union all by name
select 'call.answered' as type, answered_at as time, call_id || '/answered' as id, call_id
from simulations
union all by name
select 'call.amd' as type, answered_at as time, call_id || '/amd' as id, call_id, 'human' as answered_by
from simulations
union all by name
select
  'turn.transcribed' as type,
  answered_at + to_milliseconds(200 * next_tick) as time,
  call_id || '/' || speaker || '-' || first_tick as id,
  call_id,
  speaker || '-' || first_tick as turn_id,
  speaker,
  answered_at + to_milliseconds(200 * first_tick) as started_at,
  answered_at + to_milliseconds(200 * next_tick) as ended_at
from turns
inner join simulations using (call_id)
union all by name
select
  'call.ended' as type,
  answered_at + to_milliseconds(200 * tick_count) as time,
  call_id || '/ended' as id,
  call_id,
  'completed' as disposition,
  200 * tick_count as talk_ms,
  case termination_reason when 'user_stop' then 'callee' when 'agent_stop' then 'agent' end as hangup_by,
  termination_reason as reason
from simulations;
