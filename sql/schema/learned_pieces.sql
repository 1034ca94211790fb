-- relation: learned_pieces
-- grain: as baseline_pieces: those of the history that baselines may learn from; size is what totals are taken over
--        (trials, minutes of exposure, values)
-- inputs: baseline_pieces, excluded_spans, exceptional_days
-- parameters: from_us, to_us, leave_out_episodes
create or replace temp macro learned_pieces(from_us, to_us, leave_out_episodes) as table
  select pieces.*, if(signals.kind = 'rate', pieces.exposure_ms / 60000.0, pieces.n) as size
  from baseline_pieces as pieces
  inner join signals using (signal)
  where pieces.from_at >= make_timestamp(from_us)
    and pieces.to_at <= make_timestamp(to_us)
    and pieces.local_day not in (select local_day from exceptional_days)
    and not exists (
      select 1
      from excluded_spans as spans
      where spans.segment = pieces.segment
        and (spans.signal is null or spans.signal = pieces.signal)
        and (leave_out_episodes or spans.reason <> 'episode')
        and pieces.to_at > spans.from_at
        and (spans.to_at is null or pieces.from_at < spans.to_at)
    );
