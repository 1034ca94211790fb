-- relation: newest_version
-- grain: one row, the newest version; none before the first refresh
-- inputs: baseline_versions
-- columns: history_from_us is the start of what it was learnt from
select version, epoch_us(history_from) as history_from_us, log_threshold, relationship_log_threshold
from baseline_versions
-- Of one and the same time the one that was made last: under another configuration, while no event came.
order by as_of desc, rowid desc
limit 1;
