-- relation: segments
-- grain: one row per segment that was observed
-- inputs: segments
select segment
from segments
order by segment;
