-- relation: relationships_of_version
-- grain: one row per relationship and segment, without those that there is no room for
-- inputs: relationship_baselines, unwatched_streams
-- parameters: version
select relationship, segment, correlation, x_sd, y_sd, windows, lag1, x_size, y_size, joint_size, standard_error
from relationship_baselines
anti join (from unwatched_streams where not has_level) using (relationship, segment)
where version = $version;
