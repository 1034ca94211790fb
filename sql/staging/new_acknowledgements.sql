-- relation: new_acknowledgements
-- grain: one row per acknowledgement that came with the events from a position on
-- inputs: acknowledgements
-- parameters: first_seq
select directive_id, status, epoch_us(happened_at) as at_us
from acknowledgements
where seq >= $first_seq
order by happened_at, seq;
