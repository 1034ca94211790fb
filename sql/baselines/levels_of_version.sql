-- relation: levels_of_version
-- grain: one row per signal, segment and hour of the week
-- inputs: baselines
-- parameters: version
select signal, segment, hour_of_week, level, standard_error, value_sd, dispersion, size, is_sufficient
from baselines
where version = $version;
