-- relation: dimension_sets
-- inputs: batch_sets
insert into dimension_sets
select
  set_id,
  campaign_value,
  number_pool_value,
  caller_id_value,
  region_value,
  channel_value,
  agent_id_value,
  agent_role_value,
  agent_version_value,
  provider_value,
  amd_provider_value
from batch_sets
anti join dimension_sets using (set_id);
