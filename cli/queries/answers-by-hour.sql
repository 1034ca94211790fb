-- grain: one row per number pool and hour of the last day
-- inputs: observations
-- columns: calls; answer_rate as a proportion
select
  segment,
  strftime(date_trunc('hour', window_start), '%m-%d %H:00') as hour_utc,
  sum(n)::bigint as calls,
  round(sum(total) / sum(n), 3) as answer_rate
from observations
where signal = 'answer_rate'
  and revision = 0
  and segment like 'number_pool=%'
  and window_start >= (select max(window_start) - interval 12 hours from observations)
group by all
order by segment, hour_utc;
