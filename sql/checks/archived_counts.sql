-- relation: archived_counts
-- grain: one row per Parquet file of a segment
-- inputs: the Parquet files of a segment
-- columns: the file, and how many events it holds
select filename as file, count(*) as events
from read_parquet(getvariable('archive_files'), filename = true, hive_partitioning = false)
group by filename
order by filename;
