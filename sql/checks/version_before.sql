-- relation: version_before
-- grain: one row, none where nothing had been learnt
-- inputs: baseline_versions
-- parameters: from_us
-- columns: the newest baseline that holds nothing of what came from then on
select version
from baseline_versions
where history_to <= make_timestamp($from_us)
order by as_of desc, rowid desc
limit 1;
