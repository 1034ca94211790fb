-- relation: rejected
-- grain: one row per event that was kept out; its bytes lie in the log
-- inputs: the landing log
-- columns: id as `plumbline rejected show` takes it: the frame of the log and the place in it
create table if not exists rejected (id varchar not null, input varchar not null, partition varchar not null, "offset" bigint not null, reason varchar not null, detail varchar, bytes_length bigint not null, content_hash varchar not null);
