-- relation: baseline_cells
delete from baseline_cells;
