-- grain: one row per episode and directive
-- inputs: episodes, directives
-- columns: expected and observed in the signal's natural scale
select
  strftime(e.detected_at, '%m-%d %H:%M') as detected_utc,
  coalesce(e.signal, e.relationship) as stream,
  e.segment,
  coalesce(e.label, e.part || ' ' || e.direction, e.direction) as change,
  round(e.expected, 3) as expected,
  round(e.observed, 3) as observed,
  d.action,
  d.value
from episodes as e
left join directives as d on d.episode_id = e.id
order by e.detected_at, d.issued_at;
