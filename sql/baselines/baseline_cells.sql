-- relation: baseline_cells
-- inputs: learned_pieces, signals
-- parameters: from_us, to_us, leave_out_episodes
insert into baseline_cells
with cells as (
  select
    signal,
    segment,
    hour_of_week,
    sum(n)::double as n,
    sum(size) as size,
    sum(total)::double as total,
    sum(total_squares)::double as total_squares
  from learned_pieces($from_us, $to_us, $leave_out_episodes)
  group by signal, segment, hour_of_week
  having sum(size) > 0
),
-- Spread of single values around the level of their own hour: the swing between hours is not noise.
spreads as (
  select signal, segment, greatest((sum(total_squares) - sum(total * total / size)) / sum(size), 0) as value_variance
  from cells
  group by signal, segment
)
select
  cells.signal,
  cells.segment,
  cells.hour_of_week,
  signals.kind,
  cells.n,
  cells.size,
  cells.total,
  clamp_level(signals.kind, cells.total / cells.size),
  greatest(level_variance(signals.kind, clamp_level(signals.kind, cells.total / cells.size), spreads.value_variance), 0.000000001)
from cells
inner join signals using (signal)
inner join spreads using (signal, segment);
