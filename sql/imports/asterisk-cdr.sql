-- mapping: asterisk-cdr
-- reads: call detail records of Asterisk's cdr_csv (Master.csv): 18 columns, without a header or with one
-- assumes:
--   * start, answer and end are local times of the configuration's time_zone (UTC where cdr.conf says usegmtime=yes)
--   * calls go out: dst is who is called. src and clid stay out: in a record of a call that came in they are the caller's.
--     Where all calls go out, add "src as caller_id" in a copy of this file.
--   * who answered is not known: a record says that a channel was answered, by a person or by a machine
--   * several records with one uniqueid are legs of one call: the first answer and the first ending stand
-- A callee that is not written as an E.164 number (+ and digits) is left out.
with records as (
  select *
  from read_csv(
    getvariable('file'),
    header = false,
    delim = ',',
    quote = '"',
    escape = '"',
    null_padding = true,
    columns = {
      accountcode: 'varchar', src: 'varchar', dst: 'varchar', dcontext: 'varchar', clid: 'varchar', channel_name: 'varchar',
      dstchannel: 'varchar', lastapp: 'varchar', lastdata: 'varchar', start_text: 'varchar', answer_text: 'varchar',
      end_text: 'varchar', duration_s: 'varchar', billsec: 'varchar', result: 'varchar', amaflags: 'varchar',
      uniqueid: 'varchar', userfield: 'varchar'
    }
  )
  -- A header, where there is one.
  where start_text is distinct from 'start'
),
legs as materialized (
  select
    -- What a leg is, so that one that is in two files is taken once; no number that could be found by trying goes into it.
    left(md5(concat_ws('|', uniqueid, lastapp, start_text, end_text, duration_s, billsec, result)), 16) as leg_id,
    uniqueid as call_id,
    nullif(accountcode, '') as account_code,
    if(regexp_full_match(dst, '\+[1-9][0-9]{4,14}'), dst, null) as callee,
    timezone(getvariable('time_zone'), try_cast(start_text as timestamp)) as started_at,
    timezone(getvariable('time_zone'), try_cast(answer_text as timestamp)) as answered_at,
    timezone(getvariable('time_zone'), try_cast(end_text as timestamp)) as ended_at,
    1000 * try_cast(duration_s as bigint) as duration_ms,
    1000 * try_cast(billsec as bigint) as talk_ms,
    upper(result) as result
  from records
)
select 'call.initiated' as type, started_at as time, leg_id || '-initiated' as id, call_id, callee, account_code as campaign, 'outbound' as direction
from legs
union all by name
select
  'call.answered' as type,
  answered_at as time,
  leg_id || '-answered' as id,
  call_id,
  date_diff('millisecond', started_at, answered_at) as ring_ms
from legs
where result = 'ANSWERED' and answered_at is not null
union all by name
select
  'call.ended' as type,
  ended_at as time,
  leg_id || '-ended' as id,
  call_id,
  case result
    when 'ANSWERED' then 'completed'
    when 'NO ANSWER' then 'no_answer'
    when 'BUSY' then 'busy'
    when 'FAILED' then 'failed_network'
    when 'CONGESTION' then 'failed_network'
    else 'unknown'
  end as disposition,
  duration_ms,
  talk_ms,
  result as reason
from legs;
