-- relation: episode_counts
-- grain: one row
-- inputs: observations
-- parameters: signal, segment, from_us, to_us
-- columns: of windows that had closed by to_us; squares soon outgrow what fits into 64 bits
select
  count(*) as windows,
  sum(n)::bigint as n,
  sum(total)::bigint as total,
  sum(exposure_ms)::bigint as exposure_ms,
  sum(total_squares)::double as total_squares
from observations
where signal = $signal
  and segment = $segment
  and revision = 0
  and window_start >= make_timestamp($from_us)
  and window_start < make_timestamp($to_us)
  and closed_at <= make_timestamp($to_us);
