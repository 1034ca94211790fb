-- relation: batch_sets
delete from batch_sets;
