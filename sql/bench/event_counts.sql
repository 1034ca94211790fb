-- relation: event_counts
-- grain: one row per minute and campaign
-- inputs: an NDJSON file
-- parameters: events_path
-- columns: what the shipped signals count, of events alone: without validation, duplicates, late events, calls put
--          together or anything on disk
create or replace temp table event_counts as
select
  time_bucket(interval 1 minute, time) as minute,
  data.campaign as campaign,
  data.number_pool as number_pool,
  data.agent_version as agent_version,
  count(*) as events,
  count(*) filter (type = 'call.initiated') as calls,
  count(*) filter (type = 'call.answered') as answered,
  sum(data.ring_ms) as ring_ms,
  count(*) filter (data.answered_by = 'human') as humans,
  count(*) filter (data.answered_by = 'voicemail') as voicemails,
  count(*) filter (data.answered_by = 'call_screening') as screenings,
  count(*) filter (type = 'call.transferred') as transfers,
  count(*) filter (data.disposition = 'completed') as completed,
  sum(data.duration_ms) as duration_ms,
  sum(data.talk_ms) as talk_ms,
  sum(data.cost_micros) as cost_micros,
  count(*) filter (data.speaker = 'agent') as agent_turns,
  count(*) filter (data.text like '%send you%') as commitment_turns,
  sum(data.response_latency_ms) as latency_total_ms,
  sum(data.confidence) as confidence_total,
  count(*) filter (data."by" = 'callee' and not data.backchannel) as interruptions_by_callee,
  sum(data.overlap_ms) as overlap_ms,
  count(*) filter (data.outcome = 'converted') as conversions
from read_json(
  $events_path,
  format = 'newline_delimited',
  auto_detect = false,
  columns = {
    type: 'varchar',
    time: 'timestamp',
    data: 'struct(
      campaign varchar,
      number_pool varchar,
      agent_version varchar,
      ring_ms integer,
      answered_by varchar,
      disposition varchar,
      duration_ms integer,
      talk_ms integer,
      cost_micros bigint,
      speaker varchar,
      text varchar,
      confidence double,
      response_latency_ms integer,
      "by" varchar,
      backchannel boolean,
      overlap_ms integer,
      outcome varchar
    )'
  }
)
group by all;
