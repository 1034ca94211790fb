-- relation: new_sets
-- grain: one row
-- inputs: batch_sets, dimension_sets
-- columns: how many combinations of dimension values have come up for the first time
select count(*) as sets
from batch_sets
where set_id not in (select set_id from dimension_sets);
