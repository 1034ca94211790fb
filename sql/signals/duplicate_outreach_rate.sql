-- signal: duplicate_outreach_rate
-- summary: first attempts to a contact that another campaign dialled shortly before
-- kind: proportion
-- unit: ratio
-- harmful: up
-- maturity: 30s
create or replace view duplicate_outreach_rate as
select
  'duplicate_outreach_rate' as signal,
  happened_at,
  campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider,
  1::bigint as n,
  is_duplicate_outreach::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from attempts
where contact_id is not null and coalesce(attempt, 1) = 1;
