-- relation: unit_suspects
-- inputs: unit_suspects
-- parameters: before_us
delete from unit_suspects
where ended_at < make_timestamp($before_us);
