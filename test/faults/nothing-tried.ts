import type { Tried } from '../../bench/faults/fault-report.js';

/** What was tried, and nothing was found. */
export const NOTHING: Tried = {
  killed: [],
  system: { runs: [], lacking: {} },
  seeds: [],
  fleets: [],
  log: { log: 0, undetected: [] },
  archive: { log: 0, undetected: [] },
  summaries: { log: 0, undetected: [] },
  store: { store: 0, healed: 0, harmless: 0, undetected: [] },
  large: { log_megabytes: 0, events: 0, frames: 0, restart_seconds_max: 0, restarts: 0 },
};
