-- relation: segment_zones
delete from segment_zones;
