import { expect, test } from 'vitest';
import { fisherInterval, fisherZ } from '../../../detectors/stats/fisher-interval.js';
import { expit, logit } from '../../../detectors/stats/logit.js';
import { addPair, initPairRing, PAIRS_MAX, pairAt, pairMoments } from '../../../detectors/stats/pair-ring.js';
import { pearsonResidual } from '../../../detectors/stats/pearson-residual.js';

test('Fisher intervals equal tanh(atanh r -+ 1.959964 / sqrt(n - 3))', () => {
  const { low, high } = fisherInterval(-0.6, 103);
  expect(low).toBeCloseTo(Math.tanh(-Math.LN2 - 0.1959963984540054), 12);
  expect(high).toBeCloseTo(Math.tanh(-Math.LN2 + 0.1959963984540054), 12);
  expect(fisherInterval(0.9, 3)).toEqual({ low: -1, high: 1 });
  expect(Number.isFinite(fisherZ(1))).toBe(true);
});

test('log odds and proportions are inverse, far out as well', () => {
  for (const x of [-700, -40, -1, 0, 0.3, 30]) expect(logit(expit(x))).toBeCloseTo(x, x > 20 ? 1 : 9);
  expect(expit(-800)).toBe(0);
  expect(expit(800)).toBe(1);
});

test('Pearson residuals are deviations over the spread of independent units', () => {
  const statistics = { n: 100, total: 26, exposure_ms: 0, total_squares: 0 };
  expect(pearsonResidual('proportion', statistics, { level: 0.2, value_sd: 0 })).toBeCloseTo(1.5, 12);
  const talk = { n: 10, total: 30, exposure_ms: 50 * 60_000, total_squares: 0 };
  expect(pearsonResidual('rate', talk, { level: 0.5, value_sd: 0 })).toBeCloseTo(1, 12);
  const durations = { n: 25, total: 25 * 106, exposure_ms: 0, total_squares: 0 };
  expect(pearsonResidual('mean', durations, { level: 100, value_sd: 10 })).toBeCloseTo(3, 12);
  expect(pearsonResidual('mean', durations, { level: 100, value_sd: 0 })).toBe(0);
  expect(pearsonResidual('proportion', { ...statistics, n: 0 }, { level: 0.2, value_sd: 0 })).toBe(0);
});

test('the ring keeps the newest pairs, and its moments are those of the pairs asked for', () => {
  const ring = initPairRing();
  for (let index = 0; index < PAIRS_MAX + 40; index++) addPair(ring, { x: index, y: index % 2 === 0 ? index : -index });
  expect(ring.xs.length).toBe(PAIRS_MAX);
  expect(pairAt(ring, 0)!.x).toBe(PAIRS_MAX + 39);
  expect(pairAt(ring, PAIRS_MAX - 1)!.x).toBe(40);
  expect(pairAt(ring, PAIRS_MAX)).toBeNull();
  const xs = [164, 165, 166, 167];
  const ys = [164, -165, 166, -167];
  const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const moments = pairMoments(ring, 4);
  expect(moments).toMatchObject({ pairs: 4, x_mean: average(xs), y_mean: average(ys) });
  const cov = average(xs.map((x, i) => (x - average(xs)) * (ys[i] - average(ys))));
  const sd = (values: number[]) => Math.sqrt(average(values.map((value) => (value - average(values)) ** 2)));
  expect(moments.correlation).toBeCloseTo(cov / sd(xs) / sd(ys), 12);
});
