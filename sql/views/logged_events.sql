-- relation: logged_events
-- grain: one row per event that lies in the landing log and not in the archive yet, as far as the store knows its words
-- inputs: log_scan, dictionary_words
-- columns: frame and seq (its positions: ordinal of its frame, and its own among all landed), then the columns of an event
create or replace view logged_events as
select
  events.frame, events.seq,
  cast(events.type as varchar) as type, events.event_id, words.source[events.source + 1] as source,
  events.event_time, events.arrived_at, events.is_late, events.call_id, events.call_key, events.turn_key,
  events.turn_id, events.contact_token, events.account_id, events.account_key,
  words.campaign[events.campaign + 1] as campaign, words.number_pool[events.number_pool + 1] as number_pool,
  words.caller_id[events.caller_id + 1] as caller_id, words.region[events.region + 1] as region,
  words.channel[events.channel + 1] as channel, words.agent_id[events.agent_id + 1] as agent_id,
  words.agent_role[events.agent_role + 1] as agent_role,
  words.agent_version[events.agent_version + 1] as agent_version, words.provider[events.provider + 1] as provider,
  words.amd_provider[events.amd_provider + 1] as amd_provider, events.attempt,
  cast(events.direction as varchar) as direction, events.parent_call_id, events.ring_ms,
  cast(events.answered_by as varchar) as answered_by, events.detection_ms, events.confidence_ppm,
  words.from_role[events.from_role + 1] as from_role, words.to_role[events.to_role + 1] as to_role,
  words.to_agent_id[events.to_agent_id + 1] as to_agent_id, events.is_returned,
  cast(events.disposition as varchar) as disposition, events.duration_ms, events.talk_ms,
  cast(events.hangup_by as varchar) as hangup_by, events.sip_code, events.q850_cause, events.reason,
  events.cost_micros, words.currency[events.currency + 1] as currency, cast(events.party as varchar) as party,
  events.started_at, events.ended_at, events.response_latency_ms, words.language[events.language + 1] as language,
  events.overlap_ms, events.is_backchannel, events.is_derived, events.text_length, events.text_marks,
  words.text_reader[events.text_reader + 1] as text_reader, events.message_id, events.latency_ms, events.action_id,
  cast(events.action as varchar) as action, events.readiness_ppm, events.directive_id,
  cast(events.outcome as varchar) as outcome, events.value_micros,
  cast(events.reputation_label as varchar) as reputation_label, cast(events.attestation as varchar) as attestation,
  words.authority[events.authority + 1] as authority, events.target, cast(events.status as varchar) as status,
  events.extra
from log_scan() as events
cross join dictionary_words as words;
