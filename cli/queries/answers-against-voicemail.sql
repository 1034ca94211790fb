-- grain: one row per campaign and day of the last week
-- inputs: observations
-- columns: correlation of answer rate and voicemail rate over windows of 15 minutes
with quarters as (
  select
    segment,
    time_bucket(interval 15 minutes, window_start) as quarter,
    sum(total) filter (signal = 'answer_rate') / sum(n) filter (signal = 'answer_rate') as answer_rate,
    sum(total) filter (signal = 'voicemail_rate') / sum(n) filter (signal = 'voicemail_rate') as voicemail_rate
  from observations
  where revision = 0
    and segment like 'campaign=%'
    and window_start >= (select max(window_start) - interval 7 days from observations)
  group by all
)
select
  segment,
  strftime(quarter, '%Y-%m-%d') as day,
  round(corr(answer_rate, voicemail_rate), 2) as correlation
from quarters
group by all
order by segment, day;
