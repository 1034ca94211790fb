import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inChild, reasonOf } from '../in-child.js';
import { FAULTS, type Fault } from './faulty-life.js';
import type { CleanRun, PreparedFleet, SeedReport } from './simulated-run.js';

/** Seeds in a process of their own. One that ends it is a seed that failed, and those after it are tried in another process. */

export interface SeedsTask {
  /** New folder. */
  readonly folder: string;
  readonly fleet: PreparedFleet;
  readonly clean: CleanRun;
  readonly from: number;
  readonly seeds: number;
}

/** In the folder of a task: a line for each seed that is done. */
export const SEED_REPORTS = 'reports.ndjson';

/** @param process_file runs a `SeedsTask` */
export async function seedsApart(process_file: URL, task: SeedsTask): Promise<SeedReport[]> {
  const reports: SeedReport[] = [];
  const end = task.from + task.seeds;
  for (let from = task.from; from < end; ) {
    const folder = join(task.folder, `from-${from}`);
    mkdirSync(folder);
    let ended: string | null = null;
    try {
      await inChild<SeedsTask, null>(process_file, { ...task, folder, from, seeds: end - from });
    } catch (error) {
      ended = reasonOf(error);
    }
    const done = reportsIn(folder);
    if (ended === null && done.length < end - from) ended = 'it said that it was done';
    // One that ends with the process after its last report is laid to the last seed.
    const at = Math.min(from + done.length, end - 1);
    reports.push(...done.filter(({ seed }) => ended === null || seed !== at));
    if (ended !== null) reports.push(seedFailed(at, `the process ended in it: ${ended}`, { from, until: at }));
    from = at + 1;
  }
  return reports;
}

/** @param ran the seeds that the process had been given up to its end, this one among them */
export function seedFailed(seed: number, violation: string, ran?: { from: number; until: number }): SeedReport {
  return {
    seed,
    events: 0,
    happened: Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>,
    violations: [violation],
    lost: 0,
    doubled: 0,
    id_differences: 0,
    ...(ran === undefined ? {} : { ran }),
  };
}

function reportsIn(folder: string): SeedReport[] {
  const file = join(folder, SEED_REPORTS);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // A line without its end is one that the process was writing when it ended.
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as SeedReport);
}
