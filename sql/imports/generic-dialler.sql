-- mapping: generic-dialler
-- reads: a CSV with a header, one row a call. Columns, in any order; the first three are needed, others may be missing,
-- and columns of other names are passed over:
--   call_id       what names the call
--   started_at    when it was dialled
--   ended_at      when it ended; empty while it goes on
--   answered_at   when it was answered; empty when it was not
--   disposition   completed, voicemail, no_answer, busy, declined, blocked, canceled, abandoned, invalid_number,
--                 transferred, failed_network, failed_platform; empty: completed when it was answered, else no_answer
--   answered_by   human, voicemail, call_screening, ivr, fax, unavailable; empty: not known
--   outcome       booked, qualified, converted, not_interested, lost, opt_out, other; empty: none
--   phone         who was called, as an E.164 number (+ and digits); otherwise it is left out
--   account_id, attempt, campaign, number_pool, caller_id, region, channel, agent_id, agent_version, provider
-- assumes:
--   * times are RFC 3339 with a zone (2025-10-07T14:03:12Z), or else the local time of the configuration's time_zone
--   * answered_by was known when the call was answered, and the outcome when it ended
with expected as (
  select
    null::varchar as call_id, null::varchar as started_at, null::varchar as answered_at, null::varchar as ended_at,
    null::varchar as disposition, null::varchar as answered_by, null::varchar as outcome, null::varchar as phone,
    null::varchar as account_id, null::varchar as attempt, null::varchar as campaign, null::varchar as number_pool,
    null::varchar as caller_id, null::varchar as region, null::varchar as channel, null::varchar as agent_id,
    null::varchar as agent_version, null::varchar as provider
  where false
),
written as (
  select * from expected
  union all by name
  select * from read_csv(getvariable('file'), header = true, all_varchar = true, nullstr = '', union_by_name = true)
),
calls as materialized (
  select
    * exclude (started_at, answered_at, ended_at),
    if(regexp_full_match(phone, '\+[1-9][0-9]{4,14}'), phone, null) as callee,
    instants.started_at,
    instants.answered_at,
    instants.ended_at
  from (
    select
      *,
      list_transform(
        [started_at, answered_at, ended_at],
        lambda written_at:
          if(
            regexp_matches(written_at, '([Zz]|[+-][0-9]{2}:?[0-9]{2})$'),
            try_cast(written_at as timestamptz),
            timezone(getvariable('time_zone'), try_cast(written_at as timestamp))
          )
      ) as times,
      struct_pack(started_at := times[1], answered_at := times[2], ended_at := times[3]) as instants
    from written
  )
)
select
  'call.initiated' as type,
  started_at as time,
  call_id || '/initiated' as id,
  call_id, callee, account_id, try_cast(attempt as bigint) as attempt,
  campaign, number_pool, caller_id, region, channel, agent_id, agent_version, provider
from calls
union all by name
select
  'call.answered' as type,
  answered_at as time,
  call_id || '/answered' as id,
  call_id,
  date_diff('millisecond', started_at, answered_at) as ring_ms
from calls
where answered_at is not null
union all by name
select 'call.amd' as type, answered_at as time, call_id || '/amd' as id, call_id, answered_by
from calls
where answered_at is not null and answered_by is not null
union all by name
select
  'call.ended' as type,
  ended_at as time,
  call_id || '/ended' as id,
  call_id,
  coalesce(disposition, if(answered_at is null, 'no_answer', 'completed')) as disposition,
  date_diff('millisecond', started_at, ended_at) as duration_ms,
  date_diff('millisecond', answered_at, ended_at) as talk_ms
from calls
where ended_at is not null
union all by name
select 'outcome.recorded' as type, coalesce(ended_at, answered_at, started_at) as time, call_id || '/outcome' as id, call_id, outcome
from calls
where outcome is not null;
