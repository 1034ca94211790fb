-- relation: known_segments
-- inputs: known_segments, grouped_observations
update known_segments
set last_seen_at = greatest(last_seen_at, seen.window_start)
from (
  select signal, segment, max(window_start) as window_start
  from grouped_observations
  group by signal, segment
) as seen
where seen.signal = known_segments.signal and seen.segment = known_segments.segment;
