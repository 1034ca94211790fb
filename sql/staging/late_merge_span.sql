-- relation: late_merge_span
-- grain: one row
-- inputs: new_late_merges
select epoch_us(min(window_start)) as from_us, epoch_us(max(window_start) + interval 1 minute) as to_us
from new_late_merges;
