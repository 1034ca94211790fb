-- relation: learned_pieces
-- inputs: stream_pieces, streams, signals, excluded_spans, exceptional_days
-- parameters: from_us, to_us, leave_out_episodes
insert into learned_pieces
with watched as (
  select streams.stream_id, signals.kind
  from streams
  inner join signals using (signal)
),
left_out as (
  select streams.stream_id, spans.from_at, spans.to_at
  from excluded_spans as spans
  inner join streams
    on streams.segment = spans.segment
    and (spans.signal is null or spans.signal = streams.signal)
  where $leave_out_episodes or spans.reason <> 'episode'
)
select
  pieces.stream_id,
  pieces.local_day,
  pieces.hour_of_week,
  pieces.block,
  pieces.from_at,
  pieces.n,
  pieces.total,
  pieces.total_squares,
  if(watched.kind = 'rate', pieces.exposure_ms / 60000.0, pieces.n)
from stream_pieces as pieces
inner join watched using (stream_id)
anti join left_out
  on left_out.stream_id = pieces.stream_id
  and pieces.to_at > left_out.from_at
  and pieces.from_at < coalesce(left_out.to_at, timestamp 'infinity')
where pieces.from_at >= make_timestamp($from_us)
  and pieces.to_at <= make_timestamp($to_us)
  and pieces.local_day not in (select local_day from exceptional_days)
order by pieces.stream_id, pieces.local_day, pieces.block, pieces.hour_of_week;
