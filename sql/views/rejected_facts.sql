-- relation: rejected_facts
-- grain: one row per event that was kept out, without its bytes and their keyed hash
-- inputs: rejected
create or replace view rejected_facts as
select partition, "offset", reason, bytes_length
from rejected;
