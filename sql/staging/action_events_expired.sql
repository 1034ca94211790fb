-- relation: action_events
-- inputs: action_events
-- parameters: before_us
delete from action_events
where happened_at < make_timestamp($before_us);
