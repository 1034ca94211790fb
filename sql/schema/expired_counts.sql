-- relation: expired_counts
-- grain: one row per thing that is counted, and its kind
-- inputs: verdicts, rejected, unit_suspects
-- columns: as vital_counts: how many rows went because of their age, so that what telemetry counts never gets less
create table if not exists expired_counts (counted varchar not null, label varchar, state varchar, n bigint not null);
