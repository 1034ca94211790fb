-- relation: tau_voice
-- grain: one row
-- inputs: turns, calls; the file of the simulations, of which only the caller's labels are read (what a caller meant
--         cannot be seen from times)
-- parameters: file
-- columns: the figures that tau2-bench publishes for the same calls, by its definitions; latencies in s
with ticks as (
  select call_id, unnest(ticks) as tick
  from read_json(
    $file,
    format = 'newline_delimited',
    columns = {
      id: 'varchar',
      ticks: 'struct(tick_id integer, user_chunk struct(turn_taking_action struct(action varchar), speech_effects struct(speech_insert struct("type" varchar)), source_effects struct(speech_insert struct("type" varchar))))[]'
    }
  ) as simulations(call_id, ticks)
),
caller_ticks as (
  select
    call_id,
    tick.tick_id as tick_id,
    tick.user_chunk.turn_taking_action.action = 'backchannel' as is_backchannel,
    -- A cough, or words to somebody else in the room.
    tick.user_chunk.speech_effects.speech_insert is not null or tick.user_chunk.source_effects.speech_insert is not null as has_insert
  from ticks
),
timed as (
  select
    calls.call_id,
    turns.party,
    turns.started_at,
    turns.ended_at,
    turns.overlap_ms is not null as is_over_other,
    turns.is_interruption,
    turns.is_backchannel,
    turns.is_cut_off,
    date_diff('millisecond', calls.answered_at, turns.started_at) // 200 as first_tick,
    date_diff('millisecond', calls.answered_at, turns.ended_at) // 200 as next_tick
  from turns
  inner join calls using (call_key)
),
agent_turns as (
  select * from timed where party = 'agent'
),
caller_turns as (
  select
    timed.*,
    coalesce((
      select bool_or(caller_ticks.is_backchannel)
      from caller_ticks
      where caller_ticks.call_id = timed.call_id and caller_ticks.tick_id = timed.first_tick
    ), false) as is_meant_as_backchannel,
    coalesce((
      select bool_or(caller_ticks.has_insert)
      from caller_ticks
      where caller_ticks.call_id = timed.call_id and caller_ticks.tick_id >= timed.first_tick and caller_ticks.tick_id < timed.next_tick
    ), false) as has_insert,
    -- The agent's turn that was under way when this one began, and whether one is when it ends.
    (
      select max(agent_turns.ended_at)
      from agent_turns
      where agent_turns.call_id = timed.call_id and agent_turns.started_at <= timed.started_at and agent_turns.ended_at > timed.started_at
    ) as agent_until,
    exists (
      select 1
      from agent_turns
      where agent_turns.call_id = timed.call_id and agent_turns.started_at <= timed.ended_at and agent_turns.ended_at > timed.ended_at
    ) as is_agent_talking_at_end,
    (
      select min(agent_turns.started_at)
      from agent_turns
      where agent_turns.call_id = timed.call_id and agent_turns.started_at >= timed.ended_at
    ) as next_agent_at
  from timed
  where party = 'callee'
),
-- Turns that call for an answer, with what came first after them: the agent, or the caller again.
asking as (
  select *, lead(started_at) over (partition by call_id order by started_at) as next_asking_at
  from caller_turns
  where not is_meant_as_backchannel and not is_agent_talking_at_end
),
answers as (
  select
    next_agent_at is not null and (next_asking_at is null or next_agent_at <= next_asking_at) as is_answered,
    date_diff('millisecond', ended_at, next_agent_at) / 1000 as latency_s
  from asking
  where next_agent_at is not null or next_asking_at is not null
),
barge_ins as (
  select
    date_diff('millisecond', started_at, agent_until) < 2000 as is_yielded,
    date_diff('millisecond', started_at, agent_until) / 1000 as latency_s
  from caller_turns
  where is_over_other and not is_meant_as_backchannel and not has_insert
)
select
  (select count(*) from agent_turns where is_over_other) as agent_interrupts_count,
  (select count(*) from answers) as response_total,
  (select count(*) from agent_turns where is_over_other) / (select count(*) from answers) as agent_interruption_rate,
  (select avg(is_answered::int) from answers) as response_rate,
  (select avg(latency_s) from answers where is_answered) as response_latency_mean,
  (select count(*) from barge_ins) as yield_total,
  (select avg(is_yielded::int) from barge_ins) as yield_rate,
  (select avg(latency_s) from barge_ins where is_yielded) as yield_latency_mean,
  (select count(*) from caller_turns where is_over_other and is_meant_as_backchannel) as backchannel_total,
  (
    select avg((date_diff('millisecond', started_at, agent_until) >= 1000)::int)
    from caller_turns
    where is_over_other and is_meant_as_backchannel
  ) as selectivity_backchannel,
  -- What Plumbline's own derivation says of the same turns.
  (select count(*) from agent_turns where is_interruption) as derived_interruptions_by_agent,
  (select count(*) from agent_turns where is_backchannel) as derived_backchannels_by_agent,
  (select count(*) from caller_turns where is_interruption) as derived_interruptions_by_callee,
  (select count(*) from agent_turns where is_cut_off) as derived_cut_offs_of_agent;
