-- relation: undelivered
-- grain: one row per directive that a sink has not taken yet, oldest first, at most directives_max
-- inputs: directives, deliveries
-- parameters: sink, directives_max
select directives.body
from directives
anti join (select directive_id from deliveries where sink = $sink) as taken on taken.directive_id = directives.id
order by directives.epoch, directives.seq
limit $directives_max;
