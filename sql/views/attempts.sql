-- relation: attempts
-- grain: as dials, with the values of its dimensions
-- inputs: dials, dimension_sets
create or replace view attempts as
select
  entities.seq,
  entities.call_key,
  entities.happened_at,
  sets.campaign,
  sets.number_pool,
  sets.caller_id,
  sets.region,
  sets.channel,
  sets.agent_id,
  sets.agent_role,
  sets.agent_version,
  sets.provider,
  sets.amd_provider,
  entities.set_id,
  entities.contact_id,
  entities.attempt,
  entities.is_duplicate_outreach
from dials as entities
left join dimension_sets as sets using (set_id);
