-- relation: event_counts
-- grain: one row per minute and campaign
-- inputs: an NDJSON file
-- parameters: events_path
-- columns: the least that could be called a count of calls: three fields of the data
create or replace temp table event_counts as
select
  time_bucket(interval 1 minute, time) as minute,
  data.campaign as campaign,
  count(*) as events,
  count(*) filter (type = 'call.initiated') as calls,
  count(*) filter (type = 'call.answered') as answered,
  count(*) filter (data.answered_by = 'voicemail') as voicemails,
  sum(data.talk_ms) as talk_ms
from read_json(
  $events_path,
  format = 'newline_delimited',
  auto_detect = false,
  columns = { type: 'varchar', time: 'timestamp', data: 'struct(campaign varchar, answered_by varchar, talk_ms integer)' }
)
group by all;
