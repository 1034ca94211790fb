-- relation: acknowledgements
-- inputs: batch_events
insert into acknowledgements
select seq, event_time, directive_id, target, getvariable('code_status')[status + 1], reason
from batch_events
where is_late = 0 and type = type_code('directive.acknowledged')
order by seq;
