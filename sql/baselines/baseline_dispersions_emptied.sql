-- relation: baseline_dispersions
delete from baseline_dispersions;
