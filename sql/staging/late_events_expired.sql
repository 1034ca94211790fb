-- relation: late_events
-- inputs: late_events
-- parameters: before_us
delete from late_events
where event_time < make_timestamp($before_us);
