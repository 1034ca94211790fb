-- relation: pipeline_state
-- grain: one row: how far the log is applied, and the state that belongs to that position
-- inputs: the landing log
create table if not exists pipeline_state (frame bigint not null, watermark timestamp, conservation varchar not null, state varchar not null);
