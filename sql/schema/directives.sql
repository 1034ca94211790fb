-- relation: directives
-- grain: one row per directive
-- inputs: episodes, policy
-- columns: body is the whole directive as JSON, as it is sent
create table if not exists directives (
  id varchar not null,
  action varchar not null,
  target varchar not null,
  value varchar not null,
  unit varchar not null,
  mode varchar not null,
  epoch bigint not null,
  seq bigint not null,
  issued_at timestamp not null,
  expires_at timestamp not null,
  episode_id varchar not null,
  rule varchar not null,
  body varchar not null
);
