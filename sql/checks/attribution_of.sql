-- relation: attribution_of
-- grain: one row, none where the episode has no attribution
-- inputs: attributions
-- parameters: episode_id
select attribution
from attributions
where episode_id = $episode_id;
