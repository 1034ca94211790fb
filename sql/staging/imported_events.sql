-- relation: imported_events
-- grain: one row per event that the mapping at hand selects, in the order of event time
-- inputs: imported_rows
-- columns: those of the mapping; ordinal counts the rows of one type from 1: it stays what it was when rows are added to
--          the end of the file, although a mapping selects one type after the other
select imported_rows.*, imported_rows.line - first_lines.line + 1 as ordinal
from imported_rows
inner join (select type, min(line) as line from imported_rows group by type) as first_lines
  on first_lines.type is not distinct from imported_rows.type
order by try_cast(imported_rows.time as timestamptz) nulls last, imported_rows.line;
