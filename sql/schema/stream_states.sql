-- relation: stream_states
-- grain: one row per watched stream: its open window and its detector's state
-- inputs: observations
-- columns: frame is the log position the state belongs to
create table if not exists stream_states (stream varchar not null, frame bigint not null, state varchar not null);
