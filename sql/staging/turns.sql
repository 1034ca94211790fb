-- relation: turns
-- inputs: new_turns
insert into turns
select *
from new_turns
order by first_seq;
