-- relation: late_merges
-- inputs: new_late_merges
insert into late_merges
select seq, call_key, window_start
from new_late_merges
order by seq;
