-- relation: rejected_facts
-- grain: one row per event that was kept out, without its id and the keyed hash of its bytes
-- inputs: rejected
create or replace view rejected_facts as
select partition, "offset", reason, bytes_length
from rejected;
