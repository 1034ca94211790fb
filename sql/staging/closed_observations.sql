-- relation: closed_observations
-- grain: as new_observations, in the order in which detectors take them
-- inputs: new_observations
-- columns: stream is the position in closed_streams
with streams as (
  select signal, segment, row_number() over (order by signal, segment) - 1 as stream
  from (select distinct signal, segment from new_observations)
)
select
  streams.stream,
  epoch_us(closed.window_start) as window_us,
  epoch_us(closed.closed_at) as closed_us,
  closed.n,
  closed.total,
  closed.exposure_ms,
  closed.total_squares
from new_observations as closed
inner join streams using (signal, segment)
order by closed_us, streams.stream, window_us;
