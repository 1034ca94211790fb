-- relation: bank_drifts
-- grain: one row per episode, and per stream whose evidence crossed the threshold, outside of its episodes, on a baseline
--        too thin to act
-- inputs: episodes, verdicts; the file of the bank's calls
-- parameters: file
-- columns: before is the plain mean of the file over the 28 days before the drift began (of the crossing: before its day),
--          since the plain mean from then to the day on which it was found; attempts capped at 20, talk in s up to 600
with called as (
  select
    strptime('2008 ' || month || ' ' || day, '%Y %b %d')::date as called_on,
    contact as channel,
    (y = 'yes')::int::double as conversion_rate,
    least(campaign, 20)::double as mean_attempt,
    (contact = 'cellular')::int::double as cellular_share,
    least(duration, 600)::double as average_call_duration
  from read_csv($file, delim = ';', header = true, quote = '"')
),
valued as (
  unpivot called
  on conversion_rate, mean_attempt, cellular_share, average_call_duration
  into name signal value measured
),
crossings as (
  select
    signal,
    segment,
    arg_min(direction, window_end) as direction,
    min(window_start)::date as began_on,
    min(window_end)::date as found_on
  from verdicts
  where state = 'insufficient'
    and log_evidence >= log_threshold
    and not exists (
      select 1
      from episodes
      where episodes.signal = verdicts.signal
        and episodes.segment = verdicts.segment
        and episodes.detected_at <= verdicts.window_end
        and (episodes.closed_at is null or episodes.closed_at >= verdicts.window_start)
    )
  group by signal, segment
),
found as (
  select
    'episode' as judgement, signal, segment, direction, began_at::date as began_on, detected_at::date as found_on,
    closed_at::date as closed_on, detected_at as found_at
  from episodes
  union all
  select 'seen, baseline too thin', signal, segment, direction, began_on, found_on, null, found_on
  from crossings
)
select
  found.judgement,
  found.signal,
  found.segment,
  found.direction,
  found.began_on::varchar as began_on,
  found.found_on::varchar as found_on,
  found.closed_on::varchar as closed_on,
  avg(valued.measured) filter (valued.called_on < found.began_on) as before,
  avg(valued.measured) filter (valued.called_on >= found.began_on) as since,
  count(*) filter (valued.called_on >= found.began_on) as calls_since
from found
left join valued
  on valued.signal = found.signal
  and (found.segment = 'all' or found.segment = 'channel=' || valued.channel)
  and valued.called_on >= found.began_on - 28
  and valued.called_on <= found.found_on
group by all
order by found_on, judgement, signal, segment;
