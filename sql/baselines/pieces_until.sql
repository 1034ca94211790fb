-- relation: pieces_until
-- grain: one row
-- inputs: piece_days
-- columns: up to where pieces have been made
select epoch_us(max(to_at)) as to_us
from piece_days;
