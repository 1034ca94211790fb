-- relation: revised_observations
delete from revised_observations;
