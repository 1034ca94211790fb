-- relation: expiries
-- grain: one row per refresh of the baselines, after which rows go because of their age
-- inputs: the landing log
-- columns: frame: ordinal of the refresh in the log; before_at: rows of before went, null where there were none
create table if not exists expiries (as_of timestamp not null, frame bigint not null, before_at timestamp);
