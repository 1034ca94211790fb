-- relation: streams
-- grain: one row per signal and segment that may be observed
-- inputs: segments, signals
-- columns: stream_id is made of the two alone (64 bits of an MD5): sums of fractions follow the order in which groups are
--          hashed, which must not depend on how the log was cut into batches
create table if not exists streams (stream_id ubigint not null, signal varchar not null, segment varchar not null);
