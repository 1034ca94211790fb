-- relation: segments
-- grain: one row per segment that was observed
-- inputs: observations
select distinct segment
from observations
order by segment;
