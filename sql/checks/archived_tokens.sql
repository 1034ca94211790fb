-- relation: archived_tokens
-- grain: one row
-- inputs: the Parquet files of a segment
-- parameters: token
-- columns: how many events have it
select count(*) as events
from read_parquet(getvariable('archive_files'), hive_partitioning = false)
where contact_token = cast($token as ubigint);
