-- relation: baseline_dispersions
-- grain: one row per signal and segment; emptied before a refresh
-- inputs: baseline_pieces, baseline_cells
-- columns: dispersion of windows of the detectors' size, 1 for independent entities; lag1 is the autocorrelation of
--          their residuals, already folded into the dispersion
create or replace temp table baseline_dispersions (
  signal varchar not null,
  segment varchar not null,
  dispersion double not null,
  lag1 double not null,
  blocks bigint not null
);
