-- relation: finished_calls
-- inputs: finished_calls
-- parameters: before_us
delete from finished_calls
where ended_at < make_timestamp($before_us);
