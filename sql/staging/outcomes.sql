-- relation: outcomes
-- inputs: batch_events, dictionary_values
insert into outcomes
select
  events.seq,
  events.event_time,
  events.call_key,
  events.account_key,
  getvariable('code_outcome')[events.outcome + 1],
  events.value_micros,
  d_currency.value
from batch_events as events
left join dictionary_values as d_currency on d_currency.column_name = 'currency' and d_currency.id = events.currency
where events.is_late = 0 and events.type = type_code('outcome.recorded')
order by events.seq;
