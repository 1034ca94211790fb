-- relation: judged_directives
-- grain: one row per rule and episode that it answered, however often the directive was renewed
-- inputs: directives
-- columns: id and instant (microseconds since 1970, UTC) of the first
select
  arg_min(id, seq) as id,
  rule,
  episode_id,
  epoch_us(min(issued_at))::bigint as issued_us
from directives
group by rule, episode_id
order by issued_us, id;
