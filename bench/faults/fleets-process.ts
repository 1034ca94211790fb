import { mkdirSync } from 'node:fs';
import { answer, reasonOf } from '../in-child.js';
import { drawnRun, type FleetReport } from './drawn-runs.js';

/** Drawn fleets, one after the other, in a process of their own. */
export interface FleetsTask {
  /** New folder. */
  readonly folder: string;
  readonly from: number;
  readonly fleets: number;
}

answer(async ({ folder, from, fleets }: FleetsTask): Promise<FleetReport[]> => {
  const reports: FleetReport[] = [];
  for (let seed = from; seed < from + fleets; seed++) reports.push(await reportOf(`${folder}/${seed}`, seed));
  return reports;
});

/** A fleet that throws is one that failed: those after it are tried all the same. */
async function reportOf(own: string, seed: number): Promise<FleetReport> {
  mkdirSync(own, { recursive: true });
  try {
    return await drawnRun(own, seed);
  } catch (error) {
    return { seed, events: 0, calls: 0, late: 0, episodes: 0, violations: [`it came to no end: ${reasonOf(error)}`] };
  }
}
