-- relation: new_observations
-- grain: one row: how far event time can go so that no more than so many observations close, but for those of one time
-- inputs: new_observations, streams, signals
-- parameters: from_us, until_us, rows_max
with closing as (
  select epoch_us(closed.window_start) + 60000000 + signals.maturity_us as closed_us
  from new_observations as closed
  inner join streams using (stream_id)
  inner join signals using (signal)
),

ahead as (
  select closed_us
  from closing
  where closed_us > $from_us and closed_us <= $until_us
),

beyond as (
  select closed_us
  from ahead
  order by closed_us
  limit 1 offset $rows_max
)

select coalesce((select greatest(beyond.closed_us - 1, (select min(closed_us) from ahead)) from beyond), $until_us) as until_us;
