-- relation: contacts
-- inputs: dials, finished_calls, hot_events
-- parameters: before_us
-- Whoever has no other attempt and no other call than those that go. A later call of theirs is one of a new contact.
with leaving as (
  select contact_id
  from dials
  where happened_at < make_timestamp($before_us)
  union
  select contact_id
  from finished_calls
  where ended_at < make_timestamp($before_us)
)
delete from contacts
where contact_id in (select contact_id from leaving)
  and contact_id not in (
    select contact_id
    from dials
    where happened_at >= make_timestamp($before_us) and contact_id in (select contact_id from leaving)
  )
  and contact_id not in (
    select contact_id
    from finished_calls
    where ended_at >= make_timestamp($before_us) and contact_id in (select contact_id from leaving)
  )
  and contact_token not in (select contact_token from hot_events where contact_token is not null);
