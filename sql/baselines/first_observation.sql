-- relation: first_observation
-- grain: one row
-- inputs: stream_observations, piece_days
-- columns: when history began, as far back as pieces were made of it: its rows may have left the store since
select epoch_us(least((select min(window_start) from stream_observations), (select min(from_at) from piece_days))) as first_us;
