-- relation: outcomes
-- inputs: outcomes, finished_calls
-- parameters: before_us
-- What came of a call before it ended stays as long as the call: its window is counted again when a late event comes.
delete from outcomes
where happened_at < make_timestamp($before_us)
  and not exists (
    select 1
    from finished_calls as calls
    where calls.call_key = outcomes.call_key and calls.initiated_at < make_timestamp($before_us)
  );
