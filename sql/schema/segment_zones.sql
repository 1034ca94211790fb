-- relation: segment_zones
-- grain: one row per segment that does not follow the default time zone
-- inputs: configuration
create or replace temp table segment_zones (segment varchar not null, time_zone varchar not null);
