-- relation: local_hours
-- grain: one row per time zone and quarter of an hour of the history
-- inputs: observations
-- columns: hour_of_week 0 is Monday 00:00 local time
create or replace temp table local_hours (
  time_zone varchar not null,
  quarter_start timestamp not null,
  hour_of_week smallint not null,
  local_day date not null
);
