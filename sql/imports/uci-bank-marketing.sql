-- mapping: uci-bank-marketing
-- reads: bank-full.csv of the UCI data set 222 "Bank Marketing" (semicolons, with a header), or a part of it within 2008
-- assumes:
--   * the rows are calls in the order in which they were made, all of them in 2008
--   * the file knows the day of a call and not the time: the calls of a day end at even distances between 12:00 and
--     13:00 in Lisbon, in the order of the file. Nothing that happens within a day may be read off these times. They lie
--     in one hour so that a baseline does not split what it knows over hours that nobody knows; the ends are what is
--     even, because a call counts when it ends, and long calls would otherwise all come last.
--   * every call was answered by a person at once (the file holds talk time and no ringing)
--   * contact is the channel, campaign the number of the attempt, y the outcome: "yes" converted, "no" not interested
with numbered as (
  select row_number() over () as nth, *
  from read_csv(getvariable('file'), delim = ';', header = true, quote = '"')
),
dated as (
  select
    *,
    strptime('2008 ' || month || ' ' || day, '%Y %b %d') as called_on
  from numbered
),
calls as materialized (
  select
    'bank-' || nth as call_id,
    contact as channel,
    campaign as attempt,
    duration as talk_s,
    y as answer,
    timezone(
      'Europe/Lisbon',
      called_on + interval 12 hour
      + to_milliseconds((3600000 * (row_number() over (partition by called_on order by nth) - 0.5) / count(*) over (partition by called_on))::bigint)
    ) as ended_at
  from dated
)
select 'call.initiated' as type, ended_at - to_seconds(talk_s) as time, call_id, channel, attempt, 'outbound' as direction
from calls
union all by name
select 'call.answered' as type, ended_at - to_seconds(talk_s) as time, call_id, 0 as ring_ms
from calls
union all by name
select 'call.amd' as type, ended_at - to_seconds(talk_s) as time, call_id, 'human' as answered_by
from calls
union all by name
select
  'call.ended' as type,
  ended_at as time,
  call_id,
  'completed' as disposition,
  talk_s * 1000 as duration_ms,
  talk_s * 1000 as talk_ms
from calls
union all by name
select
  'outcome.recorded' as type,
  ended_at as time,
  call_id,
  case answer when 'yes' then 'converted' else 'not_interested' end as outcome
from calls;
