-- signal: talk_over_ratio
-- summary: share of talk time in which both sides speak, mean over calls
-- kind: mean
-- unit: ratio
-- scale: 10000
-- harmful: up
-- maturity: 90s
-- upper: 10000
create or replace view talk_over_ratio as
select
  'talk_over_ratio' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  least(10000, 10000 * derived_overlap_ms // talk_ms)::bigint as total,
  0::bigint as exposure_ms,
  least(10000, 10000 * derived_overlap_ms // talk_ms) * least(10000, 10000 * derived_overlap_ms // talk_ms)::bigint as total_squares
from finished_calls
where not is_timed_out and answered_by = 'human' and talk_ms > 0 and agent_speech_ms > 0;
