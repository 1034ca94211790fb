import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { answer, reasonOf } from '../in-child.js';
import { SEED_REPORTS, type SeedsTask, seedFailed } from './seeds-apart.js';
import { beginningOf, type SeedReport, simulatedRun } from './simulated-run.js';

/** Runs seeds one after the other; the report of each is in the folder before the next begins. */
answer(async (task: SeedsTask): Promise<null> => {
  const { folder, from, seeds } = task;
  for (let seed = from; seed < from + seeds; seed++) {
    const own = join(folder, `seed-${seed}`);
    mkdirSync(own, { recursive: true });
    appendFileSync(join(folder, SEED_REPORTS), `${JSON.stringify(await reportOf(own, seed, task))}\n`);
    rmSync(own, { recursive: true, force: true });
  }
  return null;
});

/** A seed that throws is one that failed: those after it are tried all the same. */
async function reportOf(own: string, seed: number, { fleet, clean }: SeedsTask): Promise<SeedReport> {
  try {
    return await simulatedRun(own, { seed, fleet, clean, begins: beginningOf(seed) });
  } catch (error) {
    return seedFailed(seed, `it came to no end: ${reasonOf(error)}`);
  }
}
