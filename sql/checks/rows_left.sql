-- relation: rows_left
-- grain: one row
-- inputs: expiries
-- columns: from_us: rows of an earlier time have gone because of their age; null where none has
select epoch_us(max(before_at)) as from_us
from expiries;
