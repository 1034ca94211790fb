-- relation: action_events
-- inputs: batch_events
insert into action_events
select seq, event_time, type_name(type), action_id, getvariable('code_action')[action + 1], call_key, readiness_ppm, directive_id, reason
from batch_events
where is_late = 0 and type between type_code('action.proposed') and type_code('action.refused')
order by seq;
