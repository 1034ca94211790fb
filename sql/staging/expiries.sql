-- relation: expiries
-- grain: one row
-- inputs: the tables whose rows go because of their age, expiries
-- parameters: before_us
-- columns: has_older: whether one has a row of before; last_seq: of the calls that go, null where none does; frame: up to which
--          lines that were kept out go, null where none does
select
  exists (from finished_calls where ended_at < make_timestamp($before_us))
  or exists (from stream_observations where window_start < make_timestamp($before_us))
  or exists (from stream_pieces where to_at <= make_timestamp($before_us))
  or exists (from dials where happened_at < make_timestamp($before_us))
  or exists (from verdicts where closed_at < make_timestamp($before_us))
  or exists (from late_events where event_time < make_timestamp($before_us))
  or exists (from stray_events where event_time < make_timestamp($before_us))
  or exists (from outcomes where happened_at < make_timestamp($before_us))
  or exists (from message_events where happened_at < make_timestamp($before_us))
  or exists (from action_events where happened_at < make_timestamp($before_us))
  or exists (from number_reputations where happened_at < make_timestamp($before_us)) as has_older,
  (select max(last_seq) from finished_calls where ended_at < make_timestamp($before_us)) as last_seq,
  (select max(frame) from expiries where as_of <= make_timestamp($before_us)) as frame;
