-- relation: call_starts
-- grain: one row per attempt since an instant
-- inputs: attempts
-- parameters: from_us
-- columns: at_us in microseconds since 1970, UTC, and the dimensions that a planted drift may name
select
  epoch_us(happened_at)::bigint as at_us,
  campaign,
  number_pool,
  agent_version
from attempts
where happened_at >= make_timestamp($from_us)
order by at_us, seq;
