-- signal: commitment_rate
-- summary: turns with commitment language, of all turns whose text was read
-- kind: proportion
-- unit: ratio
-- harmful: down
-- maturity: 90s
create or replace view commitment_rate as
select
  'commitment_rate' as signal,
  ended_at as happened_at,
  campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider,
  read_turns::bigint as n,
  commitment_turns::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from calls
where not is_timed_out and read_turns > 0;
