-- relation: number_reputations
-- inputs: number_reputations
-- parameters: before_us
delete from number_reputations
where happened_at < make_timestamp($before_us);
