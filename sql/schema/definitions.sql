-- relation: definitions
-- grain: one row
-- inputs: none
-- columns: digest of the texts that the tables and views of this file were created from, signals included
create table if not exists definitions (digest varchar not null);
