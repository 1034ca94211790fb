-- relation: piece_days
-- inputs: piece_days
-- parameters: before_us
-- Where history began and where pieces end is asked for as long as the store is there.
delete from piece_days
where to_at <= make_timestamp($before_us)
  and from_at > (select min(from_at) from piece_days)
  and to_at < (select max(to_at) from piece_days);
