-- relation: unit_suspects
-- inputs: assembled_calls
-- Talk counts from the answer. Some senders count the duration from there, others from the beginning: it is held against the
-- nearer of the two.
insert into unit_suspects
with measured as (
  select
    call_key,
    ended_at,
    coalesce(answered_at, initiated_at, first_at) as from_at,
    unnest(['talk_ms', 'duration_ms']) as field,
    unnest([talk_ms, duration_ms]) as reported_ms,
    unnest([talk_steps, duration_steps]) as steps
  from assembled_calls
  where talk_steps <> 0 or duration_steps <> 0
)
select call_key, ended_at, field, reported_ms, (epoch_us(ended_at) - epoch_us(from_at)) // 1000 as elapsed_ms, steps
from measured
where steps <> 0
order by ended_at, call_key, field;
