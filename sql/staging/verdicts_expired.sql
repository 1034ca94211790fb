-- relation: verdicts
-- inputs: verdicts
-- parameters: before_us
delete from verdicts
where closed_at < make_timestamp($before_us);
