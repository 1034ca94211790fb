-- relation: thresholds_in_force
-- grain: one row, of nulls before the first refresh
-- inputs: baseline_versions
-- columns: first_us of the first refresh, microseconds since 1970, UTC; natural logarithms of the newest thresholds
-- Of one and the same time the ones that were made last.
select
  epoch_us(min(as_of))::bigint as first_us,
  arg_max(log_threshold, (as_of, rowid)) as log_threshold,
  arg_max(relationship_log_threshold, (as_of, rowid)) as relationship_log_threshold
from baseline_versions;
