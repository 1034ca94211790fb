-- relation: store_relations
-- grain: one row
-- inputs: none
-- columns: how many tables the file holds, and whether its format is written in it
select count(*) as tables, coalesce(bool_or(table_name = 'store_format'), false) as has_format
from duckdb_tables()
where not temporary;
