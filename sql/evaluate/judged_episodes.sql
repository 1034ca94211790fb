-- relation: judged_episodes
-- grain: one row per episode, in its latest state, by detection
-- inputs: episodes
-- columns: instants in microseconds since 1970, UTC; closed_us null while open
select
  id,
  signal,
  relationship,
  segment,
  direction,
  epoch_us(began_at)::bigint as began_us,
  epoch_us(detected_at)::bigint as detected_us,
  epoch_us(closed_at)::bigint as closed_us
from episodes
order by detected_at, id;
