-- relation: unwatched_streams
-- grain: one row per stream that is not watched for want of room (detect.streams_max), since the newest version of the
--        baselines or the newest configuration
-- inputs: baselines, relationship_baselines, mix_baselines, episodes, stream_states, observations
-- columns: exactly one of signal and relationship is not null; since is event time; has_level is false where the newest
--          version has no room for what is expected of it, true where it came when as many were watched as may be
create table if not exists unwatched_streams (
  signal varchar,
  relationship varchar,
  segment varchar not null,
  since timestamp not null,
  has_level boolean not null
);
