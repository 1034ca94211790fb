-- relation: relationships_of_version
-- grain: one row per relationship and segment
-- inputs: relationship_baselines
-- parameters: version
select relationship, segment, correlation, x_sd, y_sd, windows, lag1, x_size, y_size, joint_size, standard_error
from relationship_baselines
where version = $version;
