-- relation: late_merges
-- inputs: late_merges
-- parameters: before_us
delete from late_merges
where window_start < make_timestamp($before_us);
