-- relation: message_events
-- inputs: batch_events, dictionary_values
insert into message_events
select events.seq, events.event_time, type_name(events.type), events.message_id, d_channel.value, events.call_key, events.latency_ms
from batch_events as events
left join dictionary_values as d_channel on d_channel.column_name = 'channel' and d_channel.id = events.channel
where events.is_late = 0 and events.type between type_code('message.sent') and type_code('message.responded')
order by events.seq;
