-- relation: store_held
-- grain: one row: bytes that the store holds in memory, and of what it has spilled on disk
-- inputs: none
select
  sum(memory_usage_bytes) as memory_bytes,
  sum(temporary_storage_bytes) as spill_bytes
from duckdb_memory();
