-- relation: exceptional_days
-- grain: one row per local day that baselines leave out
-- inputs: configuration
create or replace temp table exceptional_days (local_day date not null);
