-- relation: settled_calls
delete from settled_calls;
