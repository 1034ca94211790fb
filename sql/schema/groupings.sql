-- relation: groupings
-- grain: one row per configured grouping
-- inputs: configuration
create table if not exists groupings (grouping_id integer not null, dimensions varchar[] not null);
