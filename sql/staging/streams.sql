-- relation: streams
-- inputs: fresh_set_segments, groupings, signals
insert into streams
select md5_number_lower(signal || ' ' || segment), signal, segment
from (
  select distinct signals.signal, fresh.segment
  from fresh_set_segments as fresh
  inner join groupings using (grouping_id)
  inner join signals on list_has_all(signals.dimensions, groupings.dimensions)
)
anti join streams using (signal, segment);
