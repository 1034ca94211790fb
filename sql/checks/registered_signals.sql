-- relation: registered_signals
-- grain: one row per signal
-- inputs: signals
-- columns: as signals
select signal, kind, unit, scale, harmful, upper, is_dense
from signals
order by signal;
