-- relation: baseline_history
delete from baseline_history;
