-- relation: observations
-- inputs: revised_observations
delete from observations
where revision > 0
  and (signal, segment, window_start) in (select (signal, segment, window_start) from revised_observations);
