-- relation: baseline_span
-- grain: one row
-- inputs: baseline_history
-- columns: what the history holds, and the units (calls, turns, minutes) a week that the budget is spread over
select
  count(distinct local_day) as days,
  count(distinct (signal, segment)) as streams,
  coalesce(sum(n), 0)::double as units,
  epoch_us(min(window_start)) as first_us,
  epoch_us(max(window_start)) as last_us
from baseline_history;
