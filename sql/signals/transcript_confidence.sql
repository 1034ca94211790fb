-- signal: transcript_confidence
-- summary: mean confidence of the transcription
-- kind: mean
-- unit: ratio
-- scale: 10000
-- harmful: down
-- maturity: 90s
-- upper: 10000
create or replace view transcript_confidence as
select
  'transcript_confidence' as signal,
  ended_at as happened_at,
  set_id,
  confidences::bigint as n,
  confidence_total::bigint as total,
  0::bigint as exposure_ms,
  confidence_total_squares::bigint as total_squares
from finished_calls
where not is_timed_out and confidences > 0;
