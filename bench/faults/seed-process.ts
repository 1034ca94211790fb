import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { answer } from '../in-child.js';
import { type CleanRun, type SeedReport, simulatedRun } from './simulated-run.js';

export interface SeedsTask {
  readonly folder: string;
  readonly lines: readonly string[];
  readonly clean: CleanRun;
  readonly from: number;
  readonly seeds: number;
}

answer(async ({ folder, lines, clean, from, seeds }: SeedsTask): Promise<SeedReport[]> => {
  const reports: SeedReport[] = [];
  for (let seed = from; seed < from + seeds; seed++) {
    const own = join(folder, `seed-${seed}`);
    reports.push(await simulatedRun(own, { seed, lines, clean }));
    rmSync(own, { recursive: true, force: true });
  }
  return reports;
});
