-- relation: segment_key
-- grain: none; the canonical text of a segment, dimensions in the order of the contract, 'all' for everything
-- inputs: none
create or replace temp macro segment_part(dimensions, name, value) as
  case when list_contains(dimensions, name) then name || '=' || replace(replace(replace(value, '%', '%25'), ',', '%2C'), '=', '%3D') end;
create or replace temp macro segment_key(dimensions, campaign, number_pool, caller_id, region, channel, agent_id, agent_role, agent_version, provider, amd_provider) as
  case
    when len(dimensions) = 0 then 'all'
    else concat_ws(
      ',',
      segment_part(dimensions, 'campaign', campaign),
      segment_part(dimensions, 'number_pool', number_pool),
      segment_part(dimensions, 'caller_id', caller_id),
      segment_part(dimensions, 'region', region),
      segment_part(dimensions, 'channel', channel),
      segment_part(dimensions, 'agent_id', agent_id),
      segment_part(dimensions, 'agent_role', agent_role),
      segment_part(dimensions, 'agent_version', agent_version),
      segment_part(dimensions, 'provider', provider),
      segment_part(dimensions, 'amd_provider', amd_provider)
    )
  end;
create or replace temp macro is_grouped(dimensions, name, value) as (value is not null or not list_contains(dimensions, name));
