-- relation: deliveries
-- grain: one row per directive and sink that is done with it
-- inputs: control entries of the log
-- columns: state is taken, or expired when the lease ran out before the sink took the directive
create table if not exists deliveries (sink varchar not null, directive_id varchar not null, state varchar not null);
