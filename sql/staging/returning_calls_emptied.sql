-- relation: returning_calls
delete from returning_calls;
