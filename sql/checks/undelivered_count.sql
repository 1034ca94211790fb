-- relation: undelivered_count
-- grain: one row: how many directives a sink has not taken yet
-- inputs: directives, deliveries
-- parameters: sink
select count(*) as n
from directives
anti join (select directive_id from deliveries where sink = $sink) as taken on taken.directive_id = directives.id;
