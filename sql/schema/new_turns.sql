-- relation: new_turns
-- grain: one row per turn of the calls that settle with the batch at hand; made anew whenever calls settle
-- inputs: turns
-- columns: those of turns. Apart from it, for another call may have had the same id, and its turns may stand between these
create or replace temp table new_turns as
select *
from turns
limit 0;
