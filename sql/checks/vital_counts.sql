-- relation: vital_counts
-- grain: one row per thing that is counted, and its kind
-- inputs: hot_events, acknowledgements, verdicts, directives, deliveries, episodes, rejected, unit_suspects, expired_counts, segments, unwatched_streams
-- parameters: watermark_us
select 'open_calls' as counted, null as label, null as state, count(distinct call_key) as n
from hot_events
union all
select 'waiting_acknowledgements', null, null, count(*)
from acknowledgements
where happened_at >= make_timestamp($watermark_us)
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
select counted, label, state, sum(n)::bigint
from (
  select 'verdicts' as counted, null as label, state, count(*) as n
  from verdicts
  group by state
  union all
  select 'rejected', reason, null, count(*)
  from rejected
  group by reason
  union all
  select 'unit_suspects', field, null, count(*)
  from unit_suspects
  group by field
  union all
  from expired_counts
) as with_expired
group by counted, label, state
union all
select 'segments', null, null, count(*)
from segments
union all
select 'unwatched_streams', null, null, count(*)
from unwatched_streams
order by counted, label, state;
