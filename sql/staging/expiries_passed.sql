-- relation: expiries
-- inputs: expiries
-- Of refreshes that are older than all that is left, only the newest is asked for again.
delete from expiries
where frame < (select max(older.frame) from expiries as older where older.as_of <= (select max(before_at) from expiries))
  and before_at is distinct from (select max(before_at) from expiries);
