-- relation: exceptional_days
delete from exceptional_days;
