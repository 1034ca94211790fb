-- relation: dictionary_values
-- grain: one row per column and id
-- inputs: the dictionaries of the landing log
create table if not exists dictionary_values (column_name varchar not null, id integer not null, value varchar not null);
