-- relation: unit_suspects
-- grain: one row per duration of a settled call that is about 1,000 times, or more, off the times of the call's own events
-- inputs: assembled_calls
-- columns: reported_ms as it came; elapsed_ms from the answer (from the beginning where there was none) to the end; steps is the power of 1,000 between them (-1: seconds in place of milliseconds, 1: microseconds); finished_calls has no value in its place
create table if not exists unit_suspects (
  call_key ubigint not null,
  ended_at timestamp not null,
  field varchar not null,
  reported_ms integer not null,
  elapsed_ms bigint not null,
  steps integer not null
);
