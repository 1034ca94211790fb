-- relation: unit_suspects
-- inputs: assembled_calls, settled_calls
-- Talk counts from the answer. Some senders count the duration from there, others from the beginning: it is held against the
-- nearer of the two.
insert into unit_suspects
with reported as (
  select
    assembled.call_key,
    settled.ended_at,
    assembled.answered_at,
    coalesce(assembled.initiated_at, settled.first_at) as from_at,
    unnest(['talk_ms', 'duration_ms']) as field,
    unnest([assembled.talk_ms, assembled.duration_ms]) as reported_ms
  from assembled_calls as assembled
  inner join settled_calls as settled using (call_key)
  where assembled.talk_ms is not null or assembled.duration_ms is not null
),
measured as (
  select
    *,
    unit_steps(reported_ms, if(field = 'talk_ms', answered_at, from_at), answered_at, ended_at) as steps
  from reported
)
select
  call_key,
  ended_at,
  field,
  reported_ms,
  (epoch_us(ended_at) - epoch_us(coalesce(answered_at, from_at))) // 1000 as elapsed_ms,
  steps
from measured
where steps <> 0
order by ended_at, call_key, field;
