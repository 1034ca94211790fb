-- relation: relation_digest
-- grain: one row
-- inputs: the relation that the variable digested_relation names
-- columns: a digest that does not depend on the order of rows: the sum of 64 bits of each row's MD5
select count(*) as rows, coalesce(sum(md5_number_lower(relation::varchar)::hugeint), 0)::varchar as digest
from query_table(getvariable('digested_relation')) as relation;
