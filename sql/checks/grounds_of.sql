-- relation: grounds_of
-- grain: one row
-- inputs: grounds
-- parameters: episode_id
select
  level_segment,
  level,
  standard_error,
  dispersion,
  n_effective,
  epoch_us(history_from) as history_from_us,
  epoch_us(history_to) as history_to_us,
  parts,
  calls,
  first_seq,
  last_seq,
  counts,
  segments,
  points
from grounds
where episode_id = $episode_id;
