-- relation: grouped_observations
delete from grouped_observations;
