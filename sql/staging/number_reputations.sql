-- relation: number_reputations
-- inputs: batch_events, dictionary_values
insert into number_reputations
select
  events.seq,
  events.event_time,
  d_caller_id.value,
  getvariable('code_reputation_label')[events.reputation_label + 1],
  getvariable('code_attestation')[events.attestation + 1],
  d_authority.value
from batch_events as events
left join dictionary_values as d_caller_id on d_caller_id.column_name = 'caller_id' and d_caller_id.id = events.caller_id
left join dictionary_values as d_authority on d_authority.column_name = 'authority' and d_authority.id = events.authority
where events.is_late = 0 and events.type = type_code('number.reputation')
order by events.seq;
