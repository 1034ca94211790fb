-- relation: newest_version
-- grain: one row, the newest version; none before the first refresh
-- inputs: baseline_versions
select version, log_threshold, relationship_log_threshold
from baseline_versions
order by as_of desc
limit 1;
