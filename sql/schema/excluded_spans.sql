-- relation: excluded_spans
-- grain: one row per span of a stream that baselines leave out: an episode, a drift folded into one, or a directive
--        that is being obeyed
-- inputs: episodes, grounds, directives, acknowledgements
create or replace view excluded_spans as
select signal, segment, began_at as from_at, closed_at as to_at, 'episode' as reason, id as subject
from episodes
where signal is not null
union all
-- What one part of a mix gains, others lose: its episode stands for all of its parts.
select
  unnest(string_split(grounds.parts, ',')) as signal,
  episodes.segment,
  began_at as from_at,
  closed_at as to_at,
  'episode' as reason,
  id as subject
from episodes
inner join grounds on grounds.episode_id = episodes.id
where grounds.parts is not null
union all
select
  drift.signal,
  drift.segment,
  make_timestamp(drift.began_us) as from_at,
  closed_at as to_at,
  'folded' as reason,
  id as subject
from (
  select
    id,
    closed_at,
    unnest(from_json(folded, '[{"signal": "varchar", "segment": "varchar", "began_us": "bigint"}]')) as drift
  from episodes
)
union all
select
  null as signal,
  directives.target as segment,
  acknowledgements.happened_at as from_at,
  directives.expires_at as to_at,
  'directive' as reason,
  directives.id as subject
from acknowledgements
inner join directives on directives.id = acknowledgements.directive_id
where acknowledgements.status = 'applied' and directives.mode = 'enforce';
