-- relation: latest_observations
-- grain: one row per signal, segment and window: the newest revision
-- inputs: observations
create or replace view latest_observations as
select first_made.*
from observations as first_made
where not exists (
  select 1
  from observations as revised
  where revised.revision > 0
    and revised.signal = first_made.signal
    and revised.segment = first_made.segment
    and revised.window_start = first_made.window_start
    and revised.revision > first_made.revision
);
