-- relation: turns
-- inputs: turns, finished_calls
-- parameters: before_us, last_seq
-- The last event of the calls that go bounds where their turns can stand: the rest of the table is not read.
-- A later call may have the same id, and events of both may have come in between each other: what stands in the span of a call that
-- stays leaves with that one.
delete from turns
using finished_calls as leaving
where turns.first_seq <= $last_seq
  and leaving.ended_at < make_timestamp($before_us)
  and leaving.call_key = turns.call_key
  and turns.first_seq between leaving.first_seq and leaving.last_seq
  and (turns.call_key, turns.first_seq) not in (
    select other.call_key, other.first_seq
    from turns as other
    inner join finished_calls as staying
      on staying.call_key = other.call_key and other.first_seq between staying.first_seq and staying.last_seq
    where other.first_seq <= $last_seq and staying.ended_at >= make_timestamp($before_us)
  );
