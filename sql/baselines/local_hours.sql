-- relation: local_hours
-- inputs: segment_zones
-- parameters: from_us, to_us, time_zone
insert into local_hours
with zones as (
  select $time_zone as time_zone
  union
  select time_zone from segment_zones
),
quarters as (
  select unnest(generate_series(
    time_bucket(interval 15 minute, make_timestamp($from_us)),
    make_timestamp($to_us),
    interval 15 minute
  )) as quarter_start
),
local_times as (
  select zones.time_zone, quarters.quarter_start, timezone(zones.time_zone, timezone('UTC', quarters.quarter_start)) as local_time
  from quarters
  cross join zones
)
select
  time_zone,
  quarter_start,
  ((isodow(local_time) - 1) * 24 + hour(local_time))::smallint,
  local_time::date
from local_times;
