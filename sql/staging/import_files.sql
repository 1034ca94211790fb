-- relation: import_files
-- grain: one row per file that an import reads
-- inputs: variable file: a path, in which * and ? stand for parts of names
select file
from glob(getvariable('file'))
order by file;
