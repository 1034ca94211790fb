-- relation: levels_of_version
-- grain: one row per signal, segment and hour of the week, without the streams that there is no room for
-- inputs: baselines, unwatched_streams
-- parameters: version
select signal, segment, hour_of_week, level, standard_error, value_sd, dispersion, size, is_sufficient
from baselines
anti join (from unwatched_streams where not has_level) using (signal, segment)
where version = $version
order by signal, segment, hour_of_week;
