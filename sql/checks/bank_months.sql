-- relation: bank_months
-- grain: one row per month
-- inputs: the file of the bank's calls, and latest_observations
-- parameters: file
-- columns: what the file itself adds up to, and what the observations of the whole fleet do; attempts are capped at 20,
--          talk at 600 s, as the signals say
with called as (
  select
    strftime(strptime('2008 ' || month || ' ' || day, '%Y %b %d'), '%Y-%m') as month,
    count(*) as calls,
    count(*) filter (y = 'yes') as conversions,
    sum(least(campaign, 20))::bigint as attempts,
    count(*) filter (contact = 'cellular') as cellular,
    sum(least(duration, 600))::bigint as talk_s
  from read_csv($file, delim = ';', header = true, quote = '"')
  group by 1
),
observed as (
  select
    strftime(window_start, '%Y-%m') as month,
    sum(n) filter (signal = 'conversion_rate') as calls,
    sum(total) filter (signal = 'conversion_rate') as conversions,
    sum(total) filter (signal = 'mean_attempt') as attempts,
    sum(total) filter (signal = 'cellular_share') as cellular,
    sum(total) filter (signal = 'average_call_duration') // 1000 as talk_s
  from latest_observations
  where segment = 'all'
  group by 1
)
select
  called.*,
  observed.calls = called.calls
    and observed.conversions = called.conversions
    and observed.attempts = called.attempts
    and observed.cellular = called.cellular
    and observed.talk_s = called.talk_s
    as is_equal
from called
left join observed using (month)
order by month;
