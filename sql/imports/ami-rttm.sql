-- mapping: ami-rttm
-- reads: who spoke when, as NIST RTTM: SPEAKER <meeting> 1 <start s> <duration s> <NA> <NA> <speaker> <NA> <NA>
-- assumes:
--   * a meeting has no date: meetings begin every four hours from 2005-01-01 12:00 UTC, in the order of their names
--   * a call has two sides and a meeting more: of every meeting there is one call per speaker, in which that speaker is
--     the callee and all others together are the agent
--   * a segment is a turn
with segments as (
  select meeting, speaker, start_s, start_s + duration_s as end_s
  from read_csv(
    getvariable('file'),
    header = false,
    delim = ' ',
    columns = {
      kind: 'varchar', meeting: 'varchar', recording_channel: 'varchar', start_s: 'decimal(9, 3)', duration_s: 'decimal(9, 3)',
      orthography: 'varchar', subtype: 'varchar', speaker: 'varchar', confidence: 'varchar', lookahead: 'varchar'
    }
  )
  where kind = 'SPEAKER' and duration_s > 0
),
meetings as (
  select
    meeting,
    timezone('UTC', timestamp '2005-01-01 12:00:00') + to_hours(4 * (row_number() over (order by meeting) - 1)) as begun_at,
    (1000 * max(end_s))::bigint as length_ms
  from segments
  group by meeting
),
calls as materialized (
  select distinct meetings.*, segments.speaker as callee_speaker, meeting || '/' || segments.speaker as call_id
  from segments
  inner join meetings using (meeting)
)
select 'call.initiated' as type, begun_at as time, call_id || '/initiated' as id, call_id, meeting as campaign
from calls
union all by name
select 'call.answered' as type, begun_at as time, call_id || '/answered' as id, call_id
from calls
union all by name
select 'call.amd' as type, begun_at as time, call_id || '/amd' as id, call_id, 'human' as answered_by
from calls
union all by name
select
  'turn.transcribed' as type,
  begun_at + to_milliseconds((1000 * segments.end_s)::bigint) as time,
  call_id || '/' || segments.speaker || '-' || (1000 * segments.start_s)::bigint as id,
  call_id,
  segments.speaker || '-' || (1000 * segments.start_s)::bigint as turn_id,
  if(segments.speaker = calls.callee_speaker, 'callee', 'agent') as speaker,
  begun_at + to_milliseconds((1000 * segments.start_s)::bigint) as started_at,
  begun_at + to_milliseconds((1000 * segments.end_s)::bigint) as ended_at
from segments
inner join calls using (meeting)
union all by name
select
  'call.ended' as type,
  begun_at + to_milliseconds(length_ms + 1000) as time,
  call_id || '/ended' as id,
  call_id,
  'completed' as disposition,
  length_ms as talk_ms
from calls;
