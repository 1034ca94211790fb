import type { DetectionWindow, ExpectedLevel } from '../../contracts/detector.js';
import { SCENARIOS } from '../../pipelines/evaluate/evaluation-scenario.js';
import { ScenarioStream } from '../../pipelines/evaluate/scenario-stream.js';
import { DEFAULT_CASES, isPerWindow, type Shown } from '../../pipelines/evaluate/shift-case.js';
import { Random } from '../../sources/simulate/random.js';

/** Windows drawn beforehand and shown again and again, so that drawing costs no time. */
const RING_WINDOWS = 4_096;

/** What is expected of streams of single values. */
export const EXPECTED: Readonly<Record<'proportion' | 'mean', ExpectedLevel>> = {
  proportion: { level: 0.2, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true },
  mean: { level: 900, standard_error: 0, value_sd: 300, dispersion: 1, is_sufficient: true },
};
export const MEAN_UPPER = 4_000;

/** Windows in which nothing changes; levels may follow the hours, so that no two windows expect the same. */
export function quietWindows(shown: Shown, seed: number, isSeasonal = false): DetectionWindow[] {
  const random = Random.of(seed, shown);
  const isLevel = !isPerWindow(DEFAULT_CASES[shown]);
  const { quiet } = new ScenarioStream(DEFAULT_CASES[shown], SCENARIOS[isSeasonal && isLevel ? 'seasonal' : 'abrupt']);
  return Array.from({ length: RING_WINDOWS }, () => quiet.next(random));
}
