-- relation: number_reputations
-- grain: one row per number.reputation event
-- inputs: batch_events
create table if not exists number_reputations (seq bigint not null, happened_at timestamp not null, caller_id varchar not null, reputation varchar not null, attestation varchar, authority varchar);
