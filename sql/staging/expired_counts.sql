-- relation: expired_counts
-- inputs: verdicts, rejected, unit_suspects
-- parameters: before_us, frame
merge into expired_counts
using (
  select 'verdicts' as counted, null as label, state, count(*) as n
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
  group by field
) as leaving
on expired_counts.counted = leaving.counted
  and expired_counts.label is not distinct from leaving.label
  and expired_counts.state is not distinct from leaving.state
when matched then update set n = expired_counts.n + leaving.n
when not matched then insert values (leaving.counted, leaving.label, leaving.state, leaving.n);
