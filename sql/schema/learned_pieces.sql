-- relation: learned_pieces
-- grain: as baseline_pieces: those of the history that baselines may learn from
-- inputs: baseline_pieces, excluded_spans, exceptional_days
-- parameters: from_us, to_us, leave_out_episodes
create or replace temp macro learned_pieces(from_us, to_us, leave_out_episodes) as table
  select pieces.*
  from baseline_pieces as pieces
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
