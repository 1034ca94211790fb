-- relation: relationship_pieces
-- inputs: timed_observations, streams
-- parameters: from_us, to_us, time_zone, relationship, signals, grouping, window_us
-- signals: names, with commas between.
insert into relationship_pieces
select
  $relationship,
  streams.signal,
  streams.segment,
  local_day,
  time_bucket(to_microseconds($window_us), window_start) as bucket,
  hour_of_week,
  sum(n)::bigint,
  sum(total)::bigint,
  sum(exposure_ms)::bigint
from timed_observations($from_us, $to_us, $time_zone) as timed
inner join streams using (stream_id)
where list_contains(string_split($signals, ','), streams.signal)
  and if(streams.segment = 'all', 'all', regexp_replace(streams.segment, '=[^,]*', '', 'g')) = $grouping
group by streams.signal, streams.segment, local_day, bucket, hour_of_week
order by streams.signal, streams.segment, bucket, hour_of_week;
