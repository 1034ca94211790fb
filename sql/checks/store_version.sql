-- relation: store_version
-- grain: one row, none in a new file
-- inputs: store_format
select version
from store_format;
