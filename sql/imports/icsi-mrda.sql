-- mapping: icsi-mrda
-- reads: dialogue act files of the ICSI Meeting Recorder corpus (database/*.dadb.gz, 14 columns, no header)
-- assumes:
--   * a meeting has no date: meetings begin every four hours from 2001-01-01 12:00 UTC, in the order of their names
--   * a call has two sides and a meeting more: of every meeting there is one call per speaker, in which that speaker is
--     the callee and all others together are the agent
--   * an utterance is a turn, from its start to its end; its text stays out
with utterances as (
  select utterance_id, split_part(utterance_id, '-', 1) as meeting, speaker, start_s, end_s
  from read_csv(
    getvariable('file'),
    header = false,
    delim = ',',
    quote = '',
    escape = '',
    columns = {
      start_s: 'decimal(9, 3)', end_s: 'decimal(9, 3)', utterance_id: 'varchar', flag: 'varchar', words: 'varchar',
      act: 'varchar', meeting_channel: 'varchar', speaker: 'varchar', original_act: 'varchar', adjacency: 'varchar',
      original_adjacency: 'varchar', note_1: 'varchar', note_2: 'varchar', note_3: 'varchar'
    }
  )
  where end_s > start_s
),
meetings as (
  select
    meeting,
    timezone('UTC', timestamp '2001-01-01 12:00:00') + to_hours(4 * (row_number() over (order by meeting) - 1)) as begun_at,
    (1000 * max(end_s))::bigint as length_ms
  from utterances
  group by meeting
),
calls as materialized (
  select distinct meetings.*, utterances.speaker as callee_speaker, meeting || '/' || utterances.speaker as call_id
  from utterances
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
  begun_at + to_milliseconds((1000 * utterances.end_s)::bigint) as time,
  call_id || '/' || utterance_id as id,
  call_id,
  utterance_id as turn_id,
  if(utterances.speaker = calls.callee_speaker, 'callee', 'agent') as speaker,
  begun_at + to_milliseconds((1000 * utterances.start_s)::bigint) as started_at,
  begun_at + to_milliseconds((1000 * utterances.end_s)::bigint) as ended_at
from utterances
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
