-- relation: compared_span
-- grain: one row
-- inputs: none
-- parameters: from_local, to_local, days, time_zone
-- columns: the span of event time that two local times bound, the second moved by so many days
select
  epoch_us(timezone($time_zone, $from_local::timestamp)) as from_us,
  epoch_us(timezone($time_zone, $to_local::timestamp + to_days($days::integer))) as to_us;
