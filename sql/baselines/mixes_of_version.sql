-- relation: mixes_of_version
-- grain: one row per relationship, segment and part
-- inputs: mix_baselines
-- parameters: version
select relationship, segment, part, dispersion
from mix_baselines
where version = $version;
