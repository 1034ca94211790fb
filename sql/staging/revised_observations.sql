-- relation: revised_observations
-- inputs: grouped_entities, new_late_merges, signals
-- parameters: from_us, to_us
insert into revised_observations
select entities.* exclude (signal)
from grouped_entities($from_us, $to_us) as entities
inner join signals using (signal)
where not signals.is_dense and entities.window_start in (select window_start from new_late_merges);
