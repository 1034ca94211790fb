-- relation: hot_events
-- inputs: left_out_before_seq and left_out_seqs, as batch_events has them
delete from hot_events
where seq < getvariable('left_out_before_seq')::bigint or list_contains(getvariable('left_out_seqs')::bigint[], seq);
