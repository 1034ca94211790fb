-- relation: directive_rows
-- grain: one row per directive, oldest first
-- inputs: directives
select body
from directives
order by epoch, seq;
