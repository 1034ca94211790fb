-- relation: contacts
-- inputs: batch_events
-- Only of those who are called: whoever a message names would be numbered or not, as batches were cut. A dial that comes late
-- is no attempt, and by nothing else would it be told when its contact leaves.
insert into contacts
with fresh as (
  select tokens.contact_token, tokens.first_seq
  from (
    select contact_token, min(seq) as first_seq
    from batch_events
    where contact_token is not null and type = type_code('call.initiated') and is_late = 0
    group by contact_token
  ) as tokens
  anti join (
    select contact_token
    from contacts
    where contact_token in (select contact_token from batch_events)
  ) as known using (contact_token)
)
select
  (select coalesce(max(contact_id), 0) from contacts) + row_number() over (order by first_seq),
  contact_token
from fresh;
