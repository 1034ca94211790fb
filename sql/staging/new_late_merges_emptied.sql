-- relation: new_late_merges
delete from new_late_merges;
