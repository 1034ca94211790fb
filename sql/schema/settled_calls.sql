-- relation: settled_calls
-- grain: one row per call that settles with the batch at hand; emptied before every batch
-- inputs: hot_events, batch_events
-- columns: settle_until is the last instant whose events still belong to the call, known_until that of its stray events: what comes later
--          is of another call with its id; ended_seq is the ending that stands
create or replace temp table settled_calls (
  call_key ubigint not null,
  first_at timestamp not null,
  ended_at timestamp not null,
  settle_until timestamp not null,
  known_until timestamp not null,
  ended_seq bigint,
  is_timed_out boolean not null
);
