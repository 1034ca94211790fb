import { expect, test } from 'vitest';
import { focusGlr } from '../../detectors/focus-glr.js';
import { FOCUS_STARTS_MAX } from '../../detectors/stats/focus.js';
import { seededRandom } from './seeded-random.js';
import { counts, firstDrift, LEVELS, mean, meanLow, WINDOW_US, windowAt } from './streams.js';

const traits = { kind: 'proportion', harmful: 'either', log_threshold: Math.log(1e4) } as const;

function run(options: object, p: number, level: number, standard_error: number, seed: number, windowsMax = 4_000) {
  const random = seededRandom(seed);
  const expected = { ...LEVELS.proportion, level, standard_error };
  return firstDrift(focusGlr, options, traits, windowsMax, (index) =>
    windowAt(index, counts(25, random.binomial(25, p)), expected),
  );
}

test('the default threshold holds the budget with an exact baseline, by the mean of 200 runs at 99 per cent', () => {
  const lengths = Array.from({ length: 200 }, (_, seed) => run({ baseline: 'exact' }, 0.2, 0.2, 0, seed + 1)!);
  expect(meanLow(lengths.map(({ windows }) => windows * 25))).toBeGreaterThan(1e4);
});

test('a step is found about as soon as in the reference simulation (395 calls at n = 50)', () => {
  const found = Array.from({ length: 200 }, (_, seed) => run({ baseline: 'exact' }, 0.14, 0.2, 0, seed + 1)!);
  const delay = mean(found.map(({ windows }) => windows * 25)) / 395;
  expect(delay).toBeGreaterThan(0.9);
  expect(delay).toBeLessThan(1.25);
  for (const { verdict } of found) expect(verdict.direction).toBe('down');
});

test('an error of the baseline within its standard error is a change only where the baseline is taken at its word', () => {
  const isFound = (baseline: string, seed: number) => run({ baseline }, 0.2, 0.23, 0.02, seed, 100) !== null;
  const shareOf = (baseline: string) =>
    mean(Array.from({ length: 60 }, (_, seed) => (isFound(baseline, seed + 1) ? 1 : 0)));
  expect(shareOf('exact')).toBeGreaterThan(0.7);
  expect(shareOf('estimated')).toBeLessThan(0.35);
});

test('it tells when a change began, and an interval for the level since', () => {
  const random = seededRandom(3);
  const state = focusGlr.init(focusGlr.config.parse({}), traits);
  const expected = { ...LEVELS.proportion, standard_error: 0.004 };
  let last = focusGlr.step(state, windowAt(0, counts(25, 5), expected)).verdict;
  for (let index = 1; index < 260; index++) {
    const window = windowAt(index, counts(25, random.binomial(25, index < 200 ? 0.2 : 0.1)), expected);
    last = focusGlr.step(state, window).verdict;
  }
  expect(last).toMatchObject({ state: 'drift', direction: 'down', is_harmful: true });
  expect(Math.abs(last.change_us! / WINDOW_US - 200)).toBeLessThan(8);
  expect(last.details!.level_low).toBeLessThan(0.1);
  expect(last.details!.level_high).toBeGreaterThan(0.1);
  expect(last.details!.level_high - last.details!.level_low).toBeLessThan(0.08);
});

test('a stream that bends without end keeps no more starts than its limit, and is still judged', () => {
  const state = focusGlr.init(focusGlr.config.parse({}), { ...traits, kind: 'mean', upper: undefined });
  let most = 0;
  for (let index = 0; index < 400; index++) {
    const expected = { ...LEVELS.mean, standard_error: 3 };
    const { verdict } = focusGlr.step(state, windowAt(index, counts(25, 25 * (900 + index)), expected));
    most = Math.max(most, state.rises.us.length);
    if (index > 200) expect(verdict).toMatchObject({ state: 'drift', direction: 'up' });
  }
  expect(most).toBe(FOCUS_STARTS_MAX);
});
