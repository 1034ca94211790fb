-- relation: timed_observations
-- grain: as latest_stream_observations, with local time, of a span
-- inputs: latest_stream_observations, local_hours, streams, segment_zones
-- parameters: from_us, to_us, default_zone
create or replace temp macro timed_observations(from_us, to_us, default_zone) as table
  select
    latest.stream_id,
    latest.window_start,
    latest.n,
    latest.total,
    latest.exposure_ms,
    latest.total_squares,
    local_hours.hour_of_week,
    local_hours.local_day
  from latest_stream_observations as latest
  inner join streams using (stream_id)
  left join segment_zones using (segment)
  inner join local_hours
    on local_hours.time_zone = coalesce(segment_zones.time_zone, default_zone)
    and local_hours.quarter_start = time_bucket(interval 15 minute, latest.window_start)
  where latest.window_start >= make_timestamp(from_us) and latest.window_start < make_timestamp(to_us);
