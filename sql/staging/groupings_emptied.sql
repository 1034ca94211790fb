-- relation: groupings
delete from groupings;
