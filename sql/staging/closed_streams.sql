-- relation: closed_streams
-- grain: one row per stream with a new observation, in the order of signal and segment
-- inputs: new_observations
select signal, segment
from (select distinct signal, segment from new_observations)
order by signal, segment;
