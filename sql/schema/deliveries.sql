-- relation: deliveries
-- grain: one row per directive and sink that took it
-- inputs: control entries of the log
create table if not exists deliveries (sink varchar not null, directive_id varchar not null);
