-- relation: rejected_reasons
-- grain: one row per reason for which lines were kept out
-- inputs: rejected, expired_counts
select reason, sum(n)::integer as n
from (
  select reason, count(*) as n
  from rejected
  group by reason
  union all
  select label, n
  from expired_counts
  where counted = 'rejected'
) as with_expired
group by reason
order by reason;
