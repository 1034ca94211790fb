-- relation: imported_rows
-- grain: one row per event that the mapping at hand selects, in the order in which it selects them
-- inputs: the mapping (variable mapping) over its files (variable file)
-- columns: those of the mapping; line counts from 1
create or replace temp table imported_rows as
select *, row_number() over () as line
from query(getvariable('mapping'));
