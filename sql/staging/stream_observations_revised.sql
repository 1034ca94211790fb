-- relation: stream_observations
-- inputs: revised_observations, late_merges
-- A revision is numbered by the late events that have touched its window, so that its number does not depend on how
-- many came at a time; only what differs from revision 0 is written.
insert into stream_observations
with counted as (
  select window_start, count(*)::integer as revision
  from late_merges
  group by window_start
)
select
  revised.stream_id,
  revised.window_start,
  counted.revision,
  revised.n,
  revised.total,
  revised.exposure_ms,
  revised.total_squares
from revised_observations as revised
inner join counted using (window_start)
left join stream_observations as seen
  on seen.stream_id = revised.stream_id
  and seen.window_start = revised.window_start
  and seen.revision = 0
where (seen.n, seen.total, seen.exposure_ms, seen.total_squares)
  is distinct from (revised.n, revised.total, revised.exposure_ms, revised.total_squares);
