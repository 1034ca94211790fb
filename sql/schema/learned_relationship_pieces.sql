-- relation: learned_relationship_pieces
-- grain: as relationship_pieces
-- inputs: relationship_pieces, exceptional_days, episodes
-- parameters: wanted, from_us, to_us, leave_out_episodes
-- The pieces that a relationship learns from: not exceptional days, and nothing from the time of its own episodes.
create or replace temp macro learned_relationship_pieces(wanted, from_us, to_us, leave_out_episodes) as table
  select pieces.*
  from relationship_pieces as pieces
  where pieces.relationship = wanted
    and pieces.window_start >= make_timestamp(from_us)
    and pieces.window_start < make_timestamp(to_us)
    and pieces.local_day not in (select local_day from exceptional_days)
    and not exists (
      select 1
      from episodes
      where leave_out_episodes
        and episodes.relationship = wanted
        and episodes.segment = pieces.segment
        and pieces.window_start >= episodes.began_at
        and (episodes.closed_at is null or pieces.window_start < episodes.closed_at)
    );
