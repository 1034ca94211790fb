-- relation: episodes
-- grain: one row per episode, in its latest state
-- inputs: verdicts
-- columns: part: of a mix, the signal whose share has moved, or rest; folded: JSON, the drifts of other streams that it explains;
--          leaves: groupings from whose levels it was put together what was expected of the window of detection, null where that
--          was the segment's own level
create table if not exists episodes (
  id varchar not null,
  signal varchar,
  relationship varchar,
  segment varchar not null,
  direction varchar not null,
  is_harmful boolean not null,
  label varchar,
  part varchar,
  began_at timestamp not null,
  detected_at timestamp not null,
  closed_at timestamp,
  state varchar not null,
  expected double not null,
  expected_low double not null,
  expected_high double not null,
  observed double not null,
  units double not null,
  severity varchar not null,
  log_evidence double not null,
  log_threshold double not null,
  baseline_version varchar not null,
  detector varchar not null,
  verdict varchar not null,
  folded varchar not null,
  leaves varchar
);
