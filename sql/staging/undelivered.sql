-- relation: undelivered
-- grain: one row per directive that a sink has not taken yet, oldest first
-- inputs: directives, deliveries
-- parameters: sink
select directives.body
from directives
anti join (select directive_id from deliveries where sink = $sink) as taken on taken.directive_id = directives.id
order by directives.epoch, directives.seq;
