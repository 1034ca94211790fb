-- relation: compared_minutes
-- grain: one row per distinct level of a signal's minutes, or per step where there are more of them than bins_max
-- inputs: latest_observations, signals
-- parameters: signal, first_segment, first_from_us, first_to_us, second_segment, second_from_us, second_to_us, bins_max
-- columns: value in the unit of the signal's statistics (rate: per minute of exposure; else per unit), and in how many
--          minutes either side has it
with minutes as (
  select
    if(signals.kind = 'rate', latest.total * 60000.0 / nullif(latest.exposure_ms, 0), latest.total / nullif(latest.n, 0)) as value,
    latest.segment = $first_segment
      and latest.window_start >= make_timestamp($first_from_us) and latest.window_start < make_timestamp($first_to_us) as is_first,
    latest.segment = $second_segment
      and latest.window_start >= make_timestamp($second_from_us) and latest.window_start < make_timestamp($second_to_us) as is_second
  from latest_observations as latest
  inner join signals using (signal)
  where latest.signal = $signal
),
compared as (
  select * from minutes where value is not null and (is_first or is_second)
),
steps as (
  select
    min(value) as least,
    if(count(distinct value) <= $bins_max, null, (max(value) - min(value)) / $bins_max) as width
  from compared
)
select
  if(steps.width is null, compared.value, steps.least + round((compared.value - steps.least) / steps.width) * steps.width) as value,
  count(*) filter (where compared.is_first) as first_count,
  count(*) filter (where compared.is_second) as second_count
from compared
cross join steps
group by 1
order by 1;
