-- relation: expired_counts
-- inputs: verdicts, rejected, unit_suspects
-- parameters: before_us, frame
insert into expired_counts
select 'verdicts', null, state, count(*)
from verdicts
where closed_at < make_timestamp($before_us)
group by state
union all
select 'rejected', reason, null, count(*)
from rejected
where split_part(id, '.', 1)::bigint <= $frame
group by reason
union all
select 'unit_suspects', field, null, count(*)
from unit_suspects
where ended_at < make_timestamp($before_us)
group by field;
