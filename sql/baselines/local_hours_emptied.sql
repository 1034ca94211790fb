-- relation: local_hours
delete from local_hours;
