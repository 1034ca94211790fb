-- relation: landed_events
-- grain: one row per landed event that the store has applied, of archive and log
-- inputs: archived_events, logged_events, pipeline_state
-- columns: day (UTC, of arrival), frame and seq (positions: ordinal of the frame, and of the event among all landed),
-- then the columns of an event
create or replace view landed_events as
select * from archived_events
union all
select cast(arrived_at as date), *
from logged_events
where frame <= (select max(pipeline_state.frame) from pipeline_state);
