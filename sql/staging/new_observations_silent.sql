-- relation: new_observations
-- inputs: new_observations, dense_streams, streams, due_signals
-- parameters: previous_us, watermark_us, dense_memory_us
-- A dense signal also has an observation for every minute in which its segment showed nothing, for so long after it was
-- last seen.
insert into new_observations
with due as (
  select streams.stream_id, due.kind, due.from_at, due.to_at
  from due_signals($previous_us, $watermark_us) as due
  inner join streams using (signal)
  where due.is_dense
),
seen as (
  select stream_id, last_seen_at as seen_at
  from dense_streams
  union all
  select stream_id, window_start
  from new_observations
  where stream_id in (select stream_id from due)
),
gaps as (
  select stream_id, seen_at, lead(seen_at) over (partition by stream_id order by seen_at) as next_seen_at
  from seen
),
silent as (
  select
    gaps.stream_id,
    due.kind,
    unnest(generate_series(
      greatest(due.from_at, gaps.seen_at + interval 1 minute),
      least(due.to_at, coalesce(gaps.next_seen_at, due.to_at), gaps.seen_at + to_microseconds($dense_memory_us) + interval 1 minute)
        - interval 1 minute,
      interval 1 minute
    )) as window_start
  from gaps
  inner join due using (stream_id)
)
select stream_id, window_start, true, 1, (kind = 'proportion')::bigint, if(kind = 'rate', 60000, 0), 0
from silent;
