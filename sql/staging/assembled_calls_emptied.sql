-- relation: assembled_calls
delete from assembled_calls;
