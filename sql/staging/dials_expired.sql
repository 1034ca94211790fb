-- relation: dials
-- inputs: dials
-- parameters: before_us
delete from dials
where happened_at < make_timestamp($before_us);
