-- relation: rejected
-- grain: one row per event that was kept out, with its bytes sealed under the store's key
-- inputs: the landing log
create table if not exists rejected (input varchar not null, partition varchar not null, "offset" bigint not null, reason varchar not null, detail varchar, bytes_length bigint not null, content_hash varchar not null, sealed_bytes blob);
