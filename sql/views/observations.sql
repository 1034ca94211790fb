-- relation: observations
-- grain: one row per signal, segment, one-minute window and revision
-- inputs: stream_observations, streams, signals
-- columns: as stream_observations; closed_at is when the window closed, by the signal's maturity
create or replace view observations as
select
  streams.signal,
  streams.segment,
  observed.window_start,
  observed.revision,
  observed.window_start + interval 1 minute + to_microseconds(signals.maturity_us) as closed_at,
  observed.n,
  observed.total,
  observed.exposure_ms,
  observed.total_squares
from stream_observations as observed
inner join streams using (stream_id)
left join signals on signals.signal = streams.signal;
