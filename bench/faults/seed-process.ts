import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { answer } from '../in-child.js';
import { beginningOf, type CleanRun, type PreparedFleet, type SeedReport, simulatedRun } from './simulated-run.js';

export interface SeedsTask {
  /** New folder. */
  readonly folder: string;
  readonly fleet: PreparedFleet;
  readonly clean: CleanRun;
  readonly from: number;
  readonly seeds: number;
}

answer(async ({ folder, fleet, clean, from, seeds }: SeedsTask): Promise<SeedReport[]> => {
  const reports: SeedReport[] = [];
  for (let seed = from; seed < from + seeds; seed++) {
    const own = join(folder, `seed-${seed}`);
    mkdirSync(own, { recursive: true });
    reports.push(await simulatedRun(own, { seed, fleet, clean, begins: beginningOf(seed) }));
    rmSync(own, { recursive: true, force: true });
  }
  return reports;
});
