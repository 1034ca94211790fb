-- relation: acknowledgements
-- grain: one row per directive.acknowledged event
-- inputs: batch_events
create table if not exists acknowledgements (seq bigint not null, happened_at timestamp not null, directive_id varchar not null, target varchar not null, status varchar not null, reason varchar);
