-- relation: due_signals
-- grain: one row per signal, with the windows that close with the batch at hand: from_at <= window_start < to_at
-- inputs: signals, variables previous_watermark and watermark
create or replace temp macro due_signals(previous_us, watermark_us) as table
  select
    signal,
    kind,
    is_dense,
    date_trunc('minute', make_timestamp(previous_us - maturity_us)) as from_at,
    date_trunc('minute', make_timestamp(watermark_us - maturity_us)) as to_at
  from signals;
