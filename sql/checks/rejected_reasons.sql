-- relation: rejected_reasons
-- grain: one row per reason for which lines were kept out
-- inputs: rejected
select reason, count(*)::integer as n
from rejected
group by reason
order by reason;
