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
  set_id,
  1::bigint as n,
  is_duplicate_outreach::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from dials
where contact_id is not null and coalesce(attempt, 1) = 1;
