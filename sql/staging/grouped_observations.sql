-- relation: grouped_observations
-- inputs: grouped_entities
-- parameters: previous_us, watermark_us, lowest_us, highest_us
insert into grouped_observations
select entities.*
from grouped_entities($lowest_us, $highest_us) as entities
inner join due_signals($previous_us, $watermark_us) as due on due.signal = entities.signal
where entities.window_start >= due.from_at and entities.window_start < due.to_at;
