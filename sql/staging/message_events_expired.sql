-- relation: message_events
-- inputs: message_events
-- parameters: before_us
delete from message_events
where happened_at < make_timestamp($before_us);
