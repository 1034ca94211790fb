-- relation: archived_events
-- grain: one row per event that lies in the archive; a scan of files that has no file cannot be bound, so there are two
-- inputs: logged_events; the Parquet files of the archive
-- columns: as logged_events, and day (UTC, of arrival), by which files are left out: it is read off the name of a file's
-- own folder, for a partition is told by any folder on the way to it
create or replace view archived_events as
select day, * exclude (day)
from query(
  case
    when coalesce(len(getvariable('archive_files')), 0) = 0
      then 'select cast(arrived_at as date) as day, * from logged_events where false'
    else '
      select cast(split_part(split_part(filename, ''/'', -2), ''='', 2) as date) as day, * exclude (filename)
      from read_parquet(getvariable(''archive_files''), hive_partitioning = false, filename = true)'
  end
);
