-- relation: journal
-- grain: one row per decision, hash-chained
-- inputs: policy
create table if not exists journal (ordinal bigint not null, happened_at timestamp not null, kind varchar not null, subject varchar not null, body varchar not null, hash varchar not null);
