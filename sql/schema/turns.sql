-- relation: turns
-- grain: one row per turn of a finished call
-- inputs: hot_events
-- columns: overlap_ms is how long the other side went on talking after this turn began, null when it was silent;
--          text_marks is a bit set of commitment, objection, opt_out
create table if not exists turns (
  call_key ubigint not null,
  turn_key ubigint not null,
  party varchar not null,
  started_at timestamp,
  ended_at timestamp,
  response_latency_ms integer,
  confidence smallint,
  text_length integer,
  text_marks smallint,
  overlap_ms integer,
  is_backchannel boolean not null,
  is_cut_off boolean not null,
  is_interruption boolean not null,
  first_seq bigint not null
);
