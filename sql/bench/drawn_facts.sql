-- relation: drawn_facts
-- grain: one row
-- inputs: episodes, expiries
-- parameters: none
-- columns: how many episodes there are, and whether rows have left the store
select
  (select count(*)::integer from episodes) as episodes,
  exists (from expiries where before_at is not null) as have_rows_gone;
