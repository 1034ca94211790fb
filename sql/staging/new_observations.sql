-- relation: new_observations
-- inputs: grouped_observations, known_segments
-- parameters: previous_us, watermark_us, dense_memory_us
-- A dense signal also has an observation for every minute in which a known segment showed nothing: a rate of zero over
-- a minute of exposure, or, for a proportion, one silent minute.
insert into new_observations
with due as (
  select * from due_signals($previous_us, $watermark_us)
),
seen as (
  select signal, segment, last_seen_at as seen_at
  from known_segments
  union all
  select grouped.signal, grouped.segment, grouped.window_start
  from grouped_observations as grouped
  inner join due on due.signal = grouped.signal
  where due.is_dense
),
first_seen as (
  select signal, segment, min(first_seen_at) as first_seen_at
  from (
    select signal, segment, first_seen_at from known_segments
    union all
    select signal, segment, seen_at from seen
  )
  group by signal, segment
),
minutes as (
  select
    first_seen.signal,
    first_seen.segment,
    unnest(generate_series(greatest(due.from_at, first_seen.first_seen_at), due.to_at - interval 1 minute, interval 1 minute)) as window_start
  from first_seen
  inner join due on due.signal = first_seen.signal
  where greatest(due.from_at, first_seen.first_seen_at) < due.to_at
),
-- When each minute's segment was last seen, that minute included.
dense_minutes as (
  select signal, segment, window_start
  from (
    select
      signal,
      segment,
      window_start,
      is_counted,
      max(seen_at) over (partition by signal, segment order by window_start, is_counted) as last_seen_at
    from (
      select signal, segment, window_start, true as is_counted, null::timestamp as seen_at from minutes
      union all
      select signal, segment, seen_at, false, seen_at from seen
    )
  )
  where is_counted and window_start - last_seen_at <= to_microseconds($dense_memory_us)
),
dense as (
  select
    dense_minutes.signal,
    dense_minutes.segment,
    dense_minutes.window_start,
    1 as n,
    case
      when due.kind = 'proportion' then (grouped.total is null)::bigint
      else coalesce(grouped.total, 0)
    end as total,
    if(due.kind = 'rate', 60000, 0) as exposure_ms,
    0 as total_squares
  from dense_minutes
  inner join due on due.signal = dense_minutes.signal
  left join grouped_observations as grouped
    on grouped.signal = dense_minutes.signal
    and grouped.segment = dense_minutes.segment
    and grouped.window_start = dense_minutes.window_start
),
closed as (
  select grouped.*
  from grouped_observations as grouped
  inner join due on due.signal = grouped.signal
  where not due.is_dense
  union all
  select * from dense
)
select
  closed.signal,
  closed.segment,
  closed.window_start,
  closed.window_start + interval 1 minute + to_microseconds(due.maturity_us),
  closed.n,
  closed.total,
  closed.exposure_ms,
  closed.total_squares
from closed
inner join due on due.signal = closed.signal;
