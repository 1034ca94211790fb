-- relation: settled_calls
-- grain: one row per call that settles with the batch at hand; emptied before every batch
-- inputs: hot_events, batch_scan
-- columns: settle_until is the last instant whose events still belong to the call
create temp table if not exists settled_calls (
  call_key ubigint not null,
  first_at timestamp not null,
  ended_at timestamp not null,
  settle_until timestamp not null,
  is_timed_out boolean not null
);
