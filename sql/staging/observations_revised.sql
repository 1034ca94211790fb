-- relation: observations
-- inputs: revised_observations, late_merges, signals
-- A revision is numbered by the late events that have touched its window, so that its number does not depend on how
-- many came at a time; only what differs from revision 0 is written.
insert into observations
with counted as (
  select window_start, count(*)::integer as revision
  from late_merges
  group by window_start
)
select
  revised.signal,
  revised.segment,
  revised.window_start,
  counted.revision,
  revised.window_start + interval 1 minute + to_microseconds(signals.maturity_us),
  revised.n,
  revised.total,
  revised.exposure_ms,
  revised.total_squares
from revised_observations as revised
inner join counted using (window_start)
inner join signals using (signal)
left join observations as seen
  on seen.signal = revised.signal
  and seen.segment = revised.segment
  and seen.window_start = revised.window_start
  and seen.revision = 0
where (seen.n, seen.total, seen.exposure_ms, seen.total_squares)
  is distinct from (revised.n, revised.total, revised.exposure_ms, revised.total_squares);
