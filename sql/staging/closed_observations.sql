-- relation: closed_observations
-- grain: as new_observations, in the order in which detectors take them
-- inputs: new_observations, streams, signals
-- parameters: from_us, until_us; those that close after the first and not after the second
-- columns: stream is the position in closed_streams
with ranked as (
  select
    streams.stream_id,
    row_number() over (order by streams.signal, streams.segment) - 1 as stream,
    60000000 + signals.maturity_us as closes_after_us
  from streams
  inner join signals using (signal)
  where streams.stream_id in (select stream_id from new_observations)
)
select
  ranked.stream,
  epoch_us(closed.window_start) as window_us,
  epoch_us(closed.window_start) + ranked.closes_after_us as closed_us,
  closed.n,
  closed.total,
  closed.exposure_ms,
  closed.total_squares
from new_observations as closed
inner join ranked using (stream_id)
where
  epoch_us(closed.window_start) + ranked.closes_after_us > $from_us
  and epoch_us(closed.window_start) + ranked.closes_after_us <= $until_us
order by closed_us, ranked.stream, window_us;
