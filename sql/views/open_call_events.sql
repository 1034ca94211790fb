-- relation: open_call_events
-- grain: as hot_events, with the contact in place of the token, which is keyed and which forgetting replaces
-- inputs: hot_events, contacts
-- columns: contact_id; 0 for a token that no contact has
create or replace view open_call_events as
select
  hot_events.* exclude (contact_token),
  case when hot_events.contact_token is not null then coalesce(contacts.contact_id, 0) end as contact_id
from hot_events
left join contacts using (contact_token);
