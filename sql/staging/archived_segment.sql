-- relation: archived_segment
-- grain: one row per event of a closed segment, in a Parquet file for each day (UTC) of arrival
-- inputs: logged_events
-- columns: as logged_events; the day is the name of the folder
copy (select *, cast(arrived_at as date) as day from logged_events)
to (getvariable('archive_folder'))
(format parquet, compression zstd, partition_by (day), filename_pattern 'part', overwrite_or_ignore true);
