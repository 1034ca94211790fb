-- relation: archived_events
-- grain: one row per event that lies in the archive; a scan of files that has no file cannot be bound, so there are two
-- inputs: logged_events; the Parquet files of the archive
-- columns: as logged_events, and day (UTC, of arrival), by which files are left out
create or replace view archived_events as
select day, * exclude (day)
from query(
  case
    when coalesce(len(getvariable('archive_files')), 0) = 0
      then 'select cast(arrived_at as date) as day, * from logged_events where false'
    else 'select * from read_parquet(getvariable(''archive_files''), hive_partitioning = true, hive_types = {''day'': date})'
  end
);
