-- relation: baseline_cells
-- inputs: learned_pieces, streams, signals
-- Sums of fractions follow the order of rows, and that follows the plan: each is told its order.
insert into baseline_cells
with cells as (
  select
    stream_id,
    hour_of_week,
    sum(n)::double as n,
    sum(size order by local_day, block) as size,
    sum(total)::double as total,
    sum(total_squares)::double as total_squares
  from learned_pieces
  group by stream_id, hour_of_week
  having sum(size) > 0
),
-- Spread of single values around the level of their own hour: the swing between hours is not noise.
spreads as (
  select
    stream_id,
    greatest(
      (sum(total_squares order by hour_of_week) - sum(total * total / size order by hour_of_week)) / sum(size order by hour_of_week),
      0
    ) as value_variance
  from cells
  group by stream_id
)
select
  cells.stream_id,
  streams.signal,
  streams.segment,
  cells.hour_of_week,
  signals.kind,
  cells.n,
  cells.size,
  cells.total,
  clamp_level(signals.kind, cells.total / cells.size),
  greatest(level_variance(signals.kind, clamp_level(signals.kind, cells.total / cells.size), spreads.value_variance), 0.000000001)
from cells
inner join streams using (stream_id)
inner join signals on signals.signal = streams.signal
inner join spreads on spreads.stream_id = cells.stream_id
order by streams.signal, streams.segment, cells.hour_of_week;
