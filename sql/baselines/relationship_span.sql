-- relation: relationship_span
-- grain: one row
-- inputs: relationship_baselines, mix_baselines
-- parameters: version
-- columns: windows of the history in which relationships could be judged
with judged as (
  select segment, windows
  from relationship_baselines
  where version = $version
  union all
  -- A mix has its windows once, however many parts it has.
  select segment, max(windows) as windows
  from mix_baselines
  where version = $version
  group by relationship, segment
)
select coalesce(sum(windows), 0)::double as windows
from judged;
