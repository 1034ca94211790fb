-- relation: new_observations
-- grain: one row
-- inputs: new_observations
select count(*) as observations
from new_observations;
