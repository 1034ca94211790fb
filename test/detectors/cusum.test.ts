import { expect, test } from 'vitest';
import { cusum } from '../../detectors/cusum.js';
import { cusumThreshold } from '../../detectors/stats/chart-threshold.js';
import { bernoulliDivergence } from '../../detectors/stats/kullback-leibler.js';
import { expit, logit } from '../../detectors/stats/logit.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { counts, firstDrift, LEVELS, mean, meanLow, WINDOW_US, windowAt } from './streams.js';

const traits = { kind: 'proportion', harmful: 'down', log_threshold: Math.log(1e4) } as const;

function run(p: number, seed: number, expected: number = LEVELS.proportion.level) {
  const random = seededRandom(seed);
  return firstDrift(cusum, {}, traits, 40_000, (index) =>
    windowAt(index, counts(25, random.binomial(25, p)), { ...LEVELS.proportion, level: expected }),
  )!;
}

const { run_lengths } = referenceFile<{
  run_lengths: { level: number; n: number; shift: number; height: number; windows: number }[];
}>('cusum');

test.each(run_lengths)('the threshold for $windows windows of $n at $level, shift $shift, is about $height', (row) => {
  const { level, n, shift, height, windows } = row;
  const information = bernoulliDivergence(level, expit(logit(level) + shift));
  const designed = cusumThreshold(windows * n, information, information * n);
  // A tenth of a nat is a tenth of the run length; rare events in single calls come in coarse steps.
  const tolerance = n * level < 1 ? 0.2 : 0.16;
  expect(Math.abs(designed - height)).toBeLessThan(tolerance);
});

test('the designed threshold holds nine tenths of the budget, and the shift it is built for is found first', () => {
  const quiet = Array.from({ length: 200 }, (_, seed) => run(0.2, seed + 1).windows * 25);
  expect(meanLow(quiet) / 0.9 / 1e4).toBeGreaterThan(0.8);
  expect(mean(quiet)).toBeLessThan(1.2e4);
  const found = Array.from({ length: 200 }, (_, seed) => run(expit(logit(0.2) - 0.35), seed + 1));
  // The least that any rule can reach is 425 calls for this pair at 20,000 calls between false alarms of one side.
  expect(mean(found.map(({ windows }) => windows * 25))).toBeLessThan(1.15 * 425);
  for (const { verdict } of found) expect(verdict.direction).toBe('down');
});

test('the start of a change is when the sum last stood at zero', () => {
  const state = cusum.init(cusum.config.parse({}), traits);
  let last = cusum.step(state, windowAt(0, counts(25, 6), LEVELS.proportion)).verdict;
  for (let index = 1; index < 10; index++) cusum.step(state, windowAt(index, counts(25, 6), LEVELS.proportion));
  for (let index = 10; index < 40; index++) {
    last = cusum.step(state, windowAt(index, counts(25, 2), LEVELS.proportion)).verdict;
  }
  expect(last).toMatchObject({ state: 'drift', is_harmful: true, units_since_change: 750, change_us: 10 * WINDOW_US });
  expect(last.effect).toBeCloseTo(logit(2 / 25) - logit(0.2), 12);
  expect(last.is_still_drifted).toBe(true);
});

test('means without spread in their history give no evidence', () => {
  const state = cusum.init(cusum.config.parse({}), { ...traits, kind: 'mean', upper: 4000 });
  const expected = { ...LEVELS.mean, value_sd: 0 };
  for (let index = 0; index < 50; index++) {
    const { verdict } = cusum.step(state, windowAt(index, counts(25, 25 * 4000, 0, 25 * 4000 ** 2), expected));
    expect(verdict).toMatchObject({ state: 'quiet', log_evidence: 0 });
  }
});
