-- relation: mixes_of_version
-- grain: one row per relationship, segment and part, without those that there is no room for
-- inputs: mix_baselines, unwatched_streams
-- parameters: version
select relationship, segment, part, dispersion
from mix_baselines
anti join (from unwatched_streams where not has_level) using (relationship, segment)
where version = $version;
