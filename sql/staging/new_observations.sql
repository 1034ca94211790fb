-- relation: new_observations
-- inputs: grouped_entities, due_signals
-- parameters: previous_us, watermark_us, lowest_us, highest_us
-- A dense signal counts minutes: a rate per minute of exposure, or, for a proportion, whether the minute was silent.
insert into new_observations
select
  entities.stream_id,
  entities.window_start,
  false,
  if(due.is_dense, 1, entities.n),
  if(due.is_dense and due.kind = 'proportion', 0, entities.total),
  if(due.is_dense, if(due.kind = 'rate', 60000, 0), entities.exposure_ms),
  if(due.is_dense, 0, entities.total_squares)
from grouped_entities($lowest_us, $highest_us) as entities
inner join due_signals($previous_us, $watermark_us) as due on due.signal = entities.signal
where entities.window_start >= due.from_at and entities.window_start < due.to_at;
