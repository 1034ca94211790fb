-- relation: events_counted
-- grain: one row
-- inputs: event_counts
select sum(events)::bigint as events from event_counts;
