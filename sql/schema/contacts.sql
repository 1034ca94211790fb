-- relation: contacts
-- grain: one row per callee of a call; the token is keyed with this store's secret, so it differs between stores
-- inputs: batch_events
create table if not exists contacts (contact_id integer not null, contact_token ubigint not null);
