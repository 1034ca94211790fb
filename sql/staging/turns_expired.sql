-- relation: turns
-- inputs: finished_calls
-- parameters: before_us, last_seq
-- The last event of the calls that go bounds where their turns can stand: the rest of the table is not read.
delete from turns
where first_seq <= $last_seq
  and call_key in (select call_key from finished_calls where ended_at < make_timestamp($before_us));
