-- relation: archived_calls
-- grain: one row per call of a contact in a segment
-- inputs: the Parquet files of a segment
-- parameters: token
-- columns: key of the call as text, for it has 64 bits; null where events of the contact have no call
select distinct cast(call_key as varchar) as call_key
from read_parquet(getvariable('archive_files'), hive_partitioning = false)
where contact_token = cast($token as ubigint);
