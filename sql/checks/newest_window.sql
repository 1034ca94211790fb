-- relation: newest_window
-- grain: one row
-- inputs: observations
-- parameters: signal
-- columns: until_us is the end of the newest window in which the signal was counted anywhere; null before the first
select epoch_us(max(window_start) + interval 1 minute) as until_us
from observations
where signal = $signal;
