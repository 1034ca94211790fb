-- relation: signal_shape
-- grain: none; whether a signal's view (variable signal_relation) has the columns that observing takes
-- inputs: the signal's view
select signal, happened_at::timestamp, set_id::ubigint, n::bigint, total::bigint, exposure_ms::bigint, total_squares::bigint
from query_table(getvariable('signal_relation'))
limit 0;
