-- relation: store_format
-- grain: one row
-- inputs: none
-- columns: version of the relations of this file; a file of another version is made anew from the log
create table if not exists store_format (version integer not null);
