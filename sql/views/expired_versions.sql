-- relation: expired_versions
-- grain: one row per version of the baselines that nothing is held against any more: another one was in force before what
--        is left, and no verdict that is left was held against it
-- inputs: baseline_versions, expiries, verdicts
create or replace view expired_versions as
select version
from baseline_versions
where as_of < (
    select max(in_force.as_of)
    from baseline_versions as in_force
    where in_force.as_of <= (select max(before_at) from expiries)
  )
  and version not in (select distinct baseline_version from verdicts);
