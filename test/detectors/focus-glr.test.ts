import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DetectionWindow } from '../../contracts/detector.js';
import type { SignalKind } from '../../contracts/signal.js';
import { focusGlr } from '../../detectors/focus-glr.js';
import {
  addFocusStart,
  bestFocusStart,
  FOCUS_STARTS_MAX,
  initFocusStarts,
  pruneFocusStarts,
} from '../../detectors/stats/focus.js';
import { addToSegment, emptySegment } from '../../detectors/stats/segment-ratio.js';
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

/** The same search over sums that are never counted anew: the ratio in nats, and since when. */
function withoutRebasing(kind: SignalKind, windows: readonly DetectionWindow[]) {
  const [sums, rises, falls] = [emptySegment(), initFocusStarts(), initFocusStarts()];
  const [rise, fall] = [
    { ratio: 0, start: -1 },
    { ratio: 0, start: -1 },
  ];
  const found = windows.map(({ n, total, exposure_ms, total_squares, expected, start_us }) => {
    for (const starts of [rises, falls]) addFocusStart(starts, sums, 0, start_us);
    addToSegment(sums, kind, { n, total, exposure_ms, total_squares, ...expected });
    pruneFocusStarts(rises, sums, 1, true);
    pruneFocusStarts(falls, sums, -1, true);
    bestFocusStart(rises, sums, kind, 1, null, rise);
    bestFocusStart(falls, sums, kind, -1, null, fall);
    const [best, starts] = rise.ratio >= fall.ratio ? [rise, rises] : [fall, falls];
    return { ratio: best.ratio, change_us: best.start < 0 ? null : starts.us[best.start]! };
  });
  return { found, units: sums.units };
}

test('sums that are counted anew from the oldest start in question decide as those that never are', () => {
  const THRESHOLD = 8;
  let rebased = 0;
  let compared = 0;
  const anyWindow = fc.record({
    n: fc.integer({ min: 1, max: 200_000 }),
    /** Where the sums come to, in tenths of a standard deviation of 100,000 units: they come back again and again. */
    deviation: fc.integer({ min: -40, max: 40 }),
    dispersion: fc.constantFrom(1, 1.25, 1.7),
  });
  const kinds = fc.constantFrom<SignalKind>('proportion', 'rate', 'mean');
  fc.assert(
    fc.property(kinds, fc.array(anyWindow, { minLength: 20, maxLength: 80 }), (kind, any) => {
      let score = 0;
      const windows = any.map(({ n, deviation, dispersion }, index) => {
        const expected = { ...LEVELS[kind], dispersion };
        const size = kind === 'rate' ? 2 * n : n;
        const variance = { proportion: 0.16, rate: 0.5, mean: 300 * 300 }[kind];
        const off = ((deviation / 10) * Math.sqrt(100_000 * variance) - score) * dispersion;
        const total = Math.min(kind === 'mean' ? 1e12 : size, Math.max(0, Math.round(size * expected.level + off)));
        score += (total - size * expected.level) / dispersion;
        return windowAt(index, counts(n, total, n * 120_000, total), expected);
      });
      const { found, units } = withoutRebasing(kind, windows);
      const options = focusGlr.config.parse({ baseline: 'exact', threshold: THRESHOLD });
      const state = focusGlr.init(options, { kind, harmful: 'either', log_threshold: 1, upper: undefined });
      for (const [index, window] of windows.entries()) {
        const { verdict } = focusGlr.step(state, window);
        const { ratio, change_us } = found[index]!;
        expect(Math.abs(verdict.log_evidence - ratio)).toBeLessThan(1e-7 * Math.max(1, ratio));
        if (Math.abs(ratio - THRESHOLD) > 1e-6) expect(verdict.state === 'drift').toBe(ratio >= THRESHOLD);
        if (verdict.change_us !== null) expect(verdict.change_us).toBe(change_us);
        compared += verdict.change_us === null ? 0 : 1;
      }
      if (state.sums.units < units) rebased++;
    }),
    { seed: 5, numRuns: 150 },
  );
  expect(rebased).toBeGreaterThan(40);
  expect(compared).toBeGreaterThan(1_000);
});

test.each(['exact', 'estimated'])('sums have an end: beyond 2^30 units it begins afresh (baseline %s)', (baseline) => {
  const begin = () => focusGlr.init(focusGlr.config.parse({ baseline, threshold: 8 }), traits);
  const expected = { ...LEVELS.proportion, standard_error: 0.001 };
  // A drift without end: its start stays in question.
  const window = (index: number) => windowAt(index, counts(2 ** 26, 2 ** 24), expected);
  const [old, young] = [begin(), begin()];
  for (let index = 0; index < 18; index++) {
    const { verdict } = focusGlr.step(old, window(index));
    expect(old.sums.units).toBeLessThanOrEqual(2 ** 30);
    if (index < 16) expect(verdict.change_us).toBe(0);
    else expect(verdict.log_evidence).toBe(focusGlr.step(young, window(index)).verdict.log_evidence);
  }
});
