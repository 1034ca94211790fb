-- relation: import_columns
-- grain: one row per column of the mapping at hand
-- inputs: the mapping (variable mapping) over its files (variable file)
describe
select * from query(getvariable('mapping'));
