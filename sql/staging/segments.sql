-- relation: segments
-- inputs: fresh_set_segments
insert into segments
select
  (select coalesce(max(segment_id), 0) from segments) + row_number() over (order by segment),
  segment
from (select distinct segment from fresh_set_segments)
anti join segments using (segment);
