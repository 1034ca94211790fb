-- relation: stray_seqs
-- grain: one row per event
-- inputs: stray_events
-- parameters: none
-- columns: place in the log of what came on time and is of no call
select seq::double as seq from stray_events order by seq;
