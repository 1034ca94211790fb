-- relation: vital_counts
-- grain: one row per thing that is counted, and its kind
-- inputs: hot_events, acknowledgements, verdicts, directives, deliveries, episodes, rejected, unit_suspects
-- parameters: watermark_us
select 'open_calls' as counted, null as label, null as state, count(distinct call_key) as n
from hot_events
union all
select 'waiting_acknowledgements', null, null, count(*)
from acknowledgements
where happened_at >= make_timestamp($watermark_us)
union all
select 'verdicts', null, state, count(*)
from verdicts
group by state
union all
select 'directives', mode, if(expires_at > make_timestamp($watermark_us), 'in_force', 'expired') as state, count(*)
from directives
group by mode, state
union all
select 'deliveries', sink, state, count(*)
from deliveries
group by sink, state
union all
select 'episodes', null, state, count(*)
from episodes
group by state
union all
select 'rejected', reason, null, count(*)
from rejected
group by reason
union all
select 'unit_suspects', field, null, count(*)
from unit_suspects
group by field
order by counted, label, state;
