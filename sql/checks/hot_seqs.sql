-- relation: hot_seqs
-- grain: one row: the ordinals of events of open calls lie in [from_seq, to_seq); null when there are none
-- inputs: hot_events
select min(seq) as from_seq, max(seq) + 1 as to_seq
from hot_events;
