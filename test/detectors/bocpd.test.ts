import { expect, test } from 'vitest';
import { bocpd } from '../../detectors/bocpd.js';
import { addToRunLengths, initRunLengths, RUNS_MAX } from '../../detectors/stats/bocpd.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { counts, LEVELS, WINDOW_US, windowAt } from './streams.js';

const { level_sd, between, cases } = referenceFile<{
  level_sd: number;
  between: number;
  cases: { windows: { n: number; sum: number; dispersion: number }[]; expect: number[][] }[];
}>('bocpd');

test.each(cases)('run lengths have the chances that all ways to cut the stream add up to', (one) => {
  const runs = initRunLengths();
  for (const [index, { n, sum, dispersion }] of one.windows.entries()) {
    addToRunLengths(runs, n, sum, dispersion, n / between, 1 / level_sd ** 2);
    expect(runs.probabilities.length).toBe(index + 1);
    for (const [run, chance] of one.expect[index].entries()) expect(runs.probabilities[run]).toBeCloseTo(chance, 10);
  }
});

test('no more runs are kept than the limit, and their chances go on summing to 1', () => {
  const random = seededRandom(1);
  const runs = initRunLengths();
  let most = 0;
  for (let index = 0; index < 2_000; index++) {
    addToRunLengths(runs, 1, random.normal(), 1, 1 / 200, 1);
    most = Math.max(most, runs.probabilities.length);
  }
  expect(most).toBe(RUNS_MAX);
  expect(runs.probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
});

test('a change is told while it is recent, with about its time; later its level is the normal one', () => {
  const random = seededRandom(2);
  const options = bocpd.config.parse({ units_between_changes: 2_000 });
  const state = bocpd.init(options, { kind: 'proportion', harmful: 'down', log_threshold: 9 });
  const verdicts = Array.from({ length: 340 }, (_, index) => {
    const total = random.binomial(25, index < 200 ? 0.2 : 0.08);
    return bocpd.step(state, windowAt(index, counts(25, total), LEVELS.proportion)).verdict;
  });
  const found = verdicts.findIndex(({ state: said }) => said === 'drift');
  expect(found).toBeGreaterThan(200);
  expect(found).toBeLessThan(230);
  expect(verdicts[found]).toMatchObject({ direction: 'down', is_harmful: true });
  expect(Math.abs(verdicts[found].change_us! / WINDOW_US - 200)).toBeLessThan(10);
  expect(verdicts[339].state).toBe('quiet');
});
