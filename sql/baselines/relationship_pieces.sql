-- relation: relationship_pieces
-- inputs: timed_observations
-- parameters: from_us, to_us, time_zone, relationship, x, y, grouping, window_us
insert into relationship_pieces
select
  $relationship,
  signal,
  segment,
  local_day,
  time_bucket(to_microseconds($window_us), window_start) as bucket,
  hour_of_week,
  sum(n)::bigint,
  sum(total)::bigint,
  sum(exposure_ms)::bigint
from timed_observations($from_us, $to_us, $time_zone)
where signal in ($x, $y)
  and if(segment = 'all', 'all', regexp_replace(segment, '=[^,]*', '', 'g')) = $grouping
group by signal, segment, local_day, bucket, hour_of_week
order by signal, segment, bucket, hour_of_week;
