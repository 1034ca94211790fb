-- signal: mean_attempt
-- summary: mean number of the attempt, over calls that were answered
-- kind: mean
-- unit: attempts
-- harmful: up
-- maturity: 90s
-- upper: 20
-- note: an attempt beyond the 20th counts as the 20th
create or replace view mean_attempt as
select
  'mean_attempt' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  least(attempt, 20)::bigint as total,
  0::bigint as exposure_ms,
  least(attempt, 20)::bigint * least(attempt, 20)::bigint as total_squares
from finished_calls
where not is_timed_out and attempt is not null;
