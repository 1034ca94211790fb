-- relation: store_relations
-- grain: one row
-- inputs: none
-- columns: how many tables the file holds, and whether its format and what it was created from are written in it
select
  count(*) as tables,
  coalesce(bool_or(table_name = 'store_format'), false) as has_format,
  coalesce(bool_or(table_name = 'definitions'), false) as has_definitions
from duckdb_tables()
where not temporary;
