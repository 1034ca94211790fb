-- relation: grouped_entities
-- grain: one row per stream and minute with an entity, of a span
-- inputs: the views of the signals that are observed, set_segments, segments, streams
-- parameters: lowest_us, highest_us
create or replace temp macro grouped_entities(lowest_us, highest_us) as table
with numbered as (
  -- Groups of numbers are made several times as fast as groups of texts.
  select signal, row_number() over (order by signal)::smallint as signal_number
  from signals
),
entities as materialized (
  -- Gathered once: else every signal has a hash table of its own to begin with.
  select signal, happened_at, set_id, n, total, exposure_ms, total_squares
  from query_table(getvariable('observed_relations'))
  where happened_at >= make_timestamp(lowest_us) and happened_at < make_timestamp(highest_us)
),
summed as (
  select
    numbered.signal_number,
    set_segments.segment_id,
    date_trunc('minute', entities.happened_at) as window_start,
    sum(entities.n) as n,
    sum(entities.total) as total,
    sum(entities.exposure_ms) as exposure_ms,
    sum(entities.total_squares) as total_squares
  from entities
  inner join numbered on numbered.signal = entities.signal
  inner join set_segments using (set_id)
  group by all
)
select
  streams.stream_id,
  streams.signal,
  summed.window_start,
  summed.n::bigint as n,
  summed.total::bigint as total,
  summed.exposure_ms::bigint as exposure_ms,
  summed.total_squares::bigint as total_squares
from summed
inner join segments using (segment_id)
inner join numbered using (signal_number)
inner join streams on streams.signal = numbered.signal and streams.segment = segments.segment;
