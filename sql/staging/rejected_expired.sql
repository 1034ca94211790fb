-- relation: rejected
-- inputs: rejected
-- parameters: frame
delete from rejected
where split_part(id, '.', 1)::bigint <= $frame;
