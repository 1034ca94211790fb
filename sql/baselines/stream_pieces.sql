-- relation: stream_pieces
-- inputs: timed_observations
-- parameters: from_us, to_us, time_zone, window_calls
insert into stream_pieces
with numbered as (
  select
    *,
    floor((sum(n) over (partition by stream_id, local_day order by window_start) - n) / $window_calls)::integer as block
  from timed_observations($from_us, $to_us, $time_zone)
)
select
  stream_id,
  local_day,
  hour_of_week,
  block,
  min(window_start),
  max(window_start) + interval 1 minute,
  sum(n)::bigint,
  sum(total)::bigint,
  sum(exposure_ms)::bigint,
  sum(total_squares)
from numbered
group by stream_id, local_day, hour_of_week, block
order by stream_id, local_day, block, hour_of_week;
