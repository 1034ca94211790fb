-- relation: unwatched_counts
-- grain: one row
-- inputs: unwatched_streams
-- columns: streams that are not watched for want of room, and signals in segments among them that have no level
select
  count(*)::integer as streams,
  (count(*) filter (signal is not null and not has_level))::integer as signals_without_level
from unwatched_streams;
