-- relation: segment_zones
-- grain: one row per segment that does not follow the default time zone
-- inputs: configuration
create temp table if not exists segment_zones (segment varchar not null, time_zone varchar not null);
