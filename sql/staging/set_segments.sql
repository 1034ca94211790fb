-- relation: set_segments
-- inputs: dimension_sets, segments, fresh_set_segments
insert into set_segments
select fresh.set_id, segments.segment_id
from fresh_set_segments as fresh
inner join segments using (segment);
