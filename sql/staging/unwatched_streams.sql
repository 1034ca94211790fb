-- relation: unwatched_streams
-- inputs: baselines, relationship_baselines, mix_baselines, episodes, stream_states
-- parameters: version, streams_max, at_us
-- Signals and relationships have room for streams_max each: streams with an open episode first, then signals that are
-- watched, then of each name the largest segment (of equals, the whole), the second, and so on. Sizes are whole numbers:
-- their sums do not depend on the order of rows.
insert into unwatched_streams
with known as (
  select signal, null as relationship, segment, sum(round(size)::bigint) as size
  from baselines
  where version = $version
  group by signal, segment
  union all
  select null, relationship, segment, windows
  from relationship_baselines
  where version = $version
  union all
  select null, relationship, segment, 0
  from (select distinct relationship, segment from mix_baselines where version = $version)
),
named as (
  select *, coalesce(signal, '~' || relationship) as name
  from known
),
drifting as (
  select coalesce(signal, '~' || relationship) as name, segment
  from episodes
  where closed_at is null
),
-- A key is name|detector|segment, and only a segment may hold a bar.
watched as (
  select split_part(stream, '|', 1) as name, regexp_extract(stream, '^[^|]*\|[^|]*\|(.*)$', 1, 's') as segment
  from stream_states
),
ranked as (
  select
    *,
    (name, segment) in (select name, segment from drifting) as is_drifting,
    (name, segment) in (select name, segment from watched) as is_watched,
    row_number() over (partition by name order by size desc, segment <> 'all', segment) as place_of_name
  from named
),
placed as (
  select
    *,
    row_number() over (
      partition by signal is null order by is_drifting desc, is_watched desc, place_of_name, name
    ) as place
  from ranked
)
select signal, relationship, segment, make_timestamp($at_us), false
from placed
where place > $streams_max
order by signal, relationship, segment;
