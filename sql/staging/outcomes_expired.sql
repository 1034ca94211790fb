-- relation: outcomes
-- inputs: outcomes
-- parameters: before_us
delete from outcomes
where happened_at < make_timestamp($before_us);
