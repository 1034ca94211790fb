-- relation: mix_baselines
-- grain: one row per version, relationship, segment and part of its mix
-- inputs: relationship_pieces, baselines
-- columns: part: the signal that counts it, or rest: what no part counts; windows of the history in which all parts count
--          the same calls; dispersion: variance of the part's calls in such windows over what independent calls would give
create table if not exists mix_baselines (
  version varchar not null,
  relationship varchar not null,
  segment varchar not null,
  part varchar not null,
  windows bigint not null,
  dispersion double not null
);
