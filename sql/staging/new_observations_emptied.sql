-- relation: new_observations
delete from new_observations;
