-- relation: relationship_span
-- grain: one row
-- inputs: relationship_baselines
-- parameters: version
select coalesce(sum(windows), 0)::double as windows
from relationship_baselines
where version = $version;
