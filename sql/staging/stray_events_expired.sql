-- relation: stray_events
-- inputs: stray_events
-- parameters: before_us
delete from stray_events
where event_time < make_timestamp($before_us);
