-- relation: archived_rows
-- grain: one row per archived event from one ordinal up to another, in the order of the log
-- inputs: dictionary_values; the Parquet files of a segment
-- parameters: first_seq, end_seq
-- columns: as the frame held them: words are the ids of the dictionaries again
with words as (
  select column_name, id, value from dictionary_values
),
events as (
  select * from read_parquet(getvariable('archive_files'), hive_partitioning = false)
  where seq >= $first_seq and seq < $end_seq
)
select
  events.seq,
  cast(list_position(getvariable('code_type'), events.type) - 1 as utinyint) as type,
  events.event_id,
  words_of_source.id as source,
  events.event_time,
  events.arrived_at,
  events.is_late,
  events.call_id,
  events.call_key,
  events.turn_key,
  events.turn_id,
  events.contact_token,
  events.account_id,
  events.account_key,
  words_of_campaign.id as campaign,
  words_of_number_pool.id as number_pool,
  words_of_caller_id.id as caller_id,
  words_of_region.id as region,
  words_of_channel.id as channel,
  words_of_agent_id.id as agent_id,
  words_of_agent_role.id as agent_role,
  words_of_agent_version.id as agent_version,
  words_of_provider.id as provider,
  words_of_amd_provider.id as amd_provider,
  events.attempt,
  cast(list_position(getvariable('code_direction'), events.direction) - 1 as utinyint) as direction,
  events.parent_call_id,
  events.ring_ms,
  cast(list_position(getvariable('code_answered_by'), events.answered_by) - 1 as utinyint) as answered_by,
  events.detection_ms,
  events.confidence_ppm,
  words_of_from_role.id as from_role,
  words_of_to_role.id as to_role,
  words_of_to_agent_id.id as to_agent_id,
  events.is_returned,
  cast(list_position(getvariable('code_disposition'), events.disposition) - 1 as utinyint) as disposition,
  events.duration_ms,
  events.talk_ms,
  cast(list_position(getvariable('code_hangup_by'), events.hangup_by) - 1 as utinyint) as hangup_by,
  events.sip_code,
  events.q850_cause,
  events.reason,
  events.cost_micros,
  words_of_currency.id as currency,
  cast(list_position(getvariable('code_party'), events.party) - 1 as utinyint) as party,
  events.started_at,
  events.ended_at,
  events.response_latency_ms,
  words_of_language.id as language,
  events.overlap_ms,
  events.is_backchannel,
  events.is_derived,
  events.text_length,
  events.text_marks,
  words_of_text_reader.id as text_reader,
  events.message_id,
  events.latency_ms,
  events.action_id,
  cast(list_position(getvariable('code_action'), events.action) - 1 as utinyint) as action,
  events.readiness_ppm,
  events.directive_id,
  cast(list_position(getvariable('code_outcome'), events.outcome) - 1 as utinyint) as outcome,
  events.value_micros,
  cast(list_position(getvariable('code_reputation_label'), events.reputation_label) - 1 as utinyint) as reputation_label,
  cast(list_position(getvariable('code_attestation'), events.attestation) - 1 as utinyint) as attestation,
  words_of_authority.id as authority,
  events.target,
  cast(list_position(getvariable('code_status'), events.status) - 1 as utinyint) as status,
  events.extra
from events
left join words as words_of_source on words_of_source.column_name = 'source' and words_of_source.value = events.source
left join words as words_of_campaign on words_of_campaign.column_name = 'campaign' and words_of_campaign.value = events.campaign
left join words as words_of_number_pool on words_of_number_pool.column_name = 'number_pool' and words_of_number_pool.value = events.number_pool
left join words as words_of_caller_id on words_of_caller_id.column_name = 'caller_id' and words_of_caller_id.value = events.caller_id
left join words as words_of_region on words_of_region.column_name = 'region' and words_of_region.value = events.region
left join words as words_of_channel on words_of_channel.column_name = 'channel' and words_of_channel.value = events.channel
left join words as words_of_agent_id on words_of_agent_id.column_name = 'agent_id' and words_of_agent_id.value = events.agent_id
left join words as words_of_agent_role on words_of_agent_role.column_name = 'agent_role' and words_of_agent_role.value = events.agent_role
left join words as words_of_agent_version on words_of_agent_version.column_name = 'agent_version' and words_of_agent_version.value = events.agent_version
left join words as words_of_provider on words_of_provider.column_name = 'provider' and words_of_provider.value = events.provider
left join words as words_of_amd_provider on words_of_amd_provider.column_name = 'amd_provider' and words_of_amd_provider.value = events.amd_provider
left join words as words_of_from_role on words_of_from_role.column_name = 'from_role' and words_of_from_role.value = events.from_role
left join words as words_of_to_role on words_of_to_role.column_name = 'to_role' and words_of_to_role.value = events.to_role
left join words as words_of_to_agent_id on words_of_to_agent_id.column_name = 'to_agent_id' and words_of_to_agent_id.value = events.to_agent_id
left join words as words_of_currency on words_of_currency.column_name = 'currency' and words_of_currency.value = events.currency
left join words as words_of_language on words_of_language.column_name = 'language' and words_of_language.value = events.language
left join words as words_of_text_reader on words_of_text_reader.column_name = 'text_reader' and words_of_text_reader.value = events.text_reader
left join words as words_of_authority on words_of_authority.column_name = 'authority' and words_of_authority.value = events.authority
order by events.seq;
