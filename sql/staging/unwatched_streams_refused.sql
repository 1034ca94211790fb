-- relation: unwatched_streams
-- inputs: unwatched_streams
-- parameters: refused (JSON array)
insert into unwatched_streams
with refused as (
  select unnest(
    from_json($refused, '[{"signal": "varchar", "relationship": "varchar", "segment": "varchar", "since_us": "bigint"}]'),
    recursive := true
  )
)
select signal, relationship, segment, make_timestamp(since_us), true
from refused
where (coalesce(signal, '~' || relationship), segment) not in (
  select coalesce(signal, '~' || relationship), segment from unwatched_streams
)
order by signal, relationship, segment;
