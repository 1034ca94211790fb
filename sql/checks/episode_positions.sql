-- relation: episode_positions
-- grain: one row
-- inputs: calls
-- parameters: campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider, from_us, to_us, settle_us
-- columns: calls that had settled by to_us, and ordinals of their events in the log
select count(*) as calls, min(first_seq) as first_seq, max(last_seq) as last_seq
from calls
where ended_at >= make_timestamp($from_us)
  and ended_at + if(is_timed_out, interval 0 second, to_microseconds($settle_us)) < make_timestamp($to_us)
  and ended_at < make_timestamp($to_us)
  and ($campaign is null or campaign = $campaign)
  and ($number_pool is null or number_pool = $number_pool)
  and ($caller_id is null or caller_id = $caller_id)
  and ($region is null or region = $region)
  and ($channel is null or channel = $channel)
  and ($agent_id is null or agent_id = $agent_id)
  and ($agent_role is null or agent_role = $agent_role)
  and ($agent_version is null or agent_version = $agent_version)
  and ($provider is null or provider = $provider)
  and ($amd_provider is null or amd_provider = $amd_provider);
