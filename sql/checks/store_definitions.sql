-- relation: store_definitions
-- grain: one row, none in a new file
-- inputs: definitions
select digest
from definitions;
