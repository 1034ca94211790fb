-- relation: baseline_span
-- grain: one row
-- inputs: learned_pieces, streams, signals
-- columns: what the history holds, and the units (calls, turns, minutes) a week that the budget is spread over
select
  count(distinct local_day) as days,
  count(distinct stream_id) as streams,
  coalesce(sum(n), 0)::double as units,
  epoch_us(min(from_at)) as first_us
from learned_pieces
where stream_id in (select streams.stream_id from streams inner join signals using (signal) where signals.is_watched);
