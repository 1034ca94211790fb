import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bernoulliLogRatio, PROPORTION_MIN } from '../../../detectors/stats/bernoulli-log-ratio.js';
import { correlationLogRatio } from '../../../detectors/stats/correlation-log-ratio.js';
import { boundedMeanLogRatio, meanLogRatios, spreadMeanLogRatio } from '../../../detectors/stats/mean-log-ratio.js';
import { poissonLogRatio } from '../../../detectors/stats/poisson-log-ratio.js';

const shiftSize = fc.double({ min: 0.05, max: 1.5, noNaN: true });
const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const close = 1e-9;

describe('exp of a log ratio is an e-value: its mean is at most 1 on the null side, and 1 at its edge', () => {
  test('Bernoulli', () => {
    fc.assert(
      fc.property(share, share, shiftSize, fc.constantFrom(1, -1), (level, part, size, side) => {
        const truth = side > 0 ? level * part : 1 - (1 - level) * part;
        const expectation = (p: number) =>
          p * Math.exp(bernoulliLogRatio(1, 1, level, side * size)) +
          (1 - p) * Math.exp(bernoulliLogRatio(0, 1, level, side * size));
        expect(expectation(level)).toBeCloseTo(1, 9);
        expect(expectation(truth)).toBeLessThanOrEqual(1 + close);
      }),
      { seed: 1 },
    );
  });

  test('Poisson', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 8, noNaN: true }),
        shiftSize,
        fc.constantFrom(1, -1),
        (mu, size, side) => {
          let expectation = 0;
          let mass = Math.exp(-mu);
          for (let events = 0; events < 120; events++) {
            expectation += mass * Math.exp(poissonLogRatio(events, mu, side * size));
            mass *= mu / (events + 1);
          }
          expect(expectation).toBeCloseTo(1, 9);
        },
      ),
      { seed: 2 },
    );
  });

  test('bounded mean, for any values on three points within the bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 50 })), {
          minLength: 3,
          maxLength: 3,
        }),
        shiftSize,
        fc.constantFrom(1, -1),
        fc.double({ min: 0, max: 500, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (points, size, side, value_sd, slack) => {
          const weight = points.reduce((sum, [, w]) => sum + w, 0);
          const average = points.reduce((sum, [x, w]) => sum + (x * w) / weight, 0);
          const level = side > 0 ? average + slack : average - slack;
          const mean = { level, value_sd, upper: 1000 };
          const expectation = points.reduce((sum, [x, w]) => {
            const statistics = { n: 1, total: x, exposure_ms: 0, total_squares: x * x };
            return sum + (w / weight) * Math.exp(boundedMeanLogRatio(statistics, mean, side * size));
          }, 0);
          expect(expectation).toBeLessThanOrEqual(1 + close);
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });

  test('mean of known spread, for any values on three points of that spread', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 50 })), {
          minLength: 3,
          maxLength: 3,
        }),
        shiftSize,
        fc.constantFrom(1, -1),
        (points, size, side) => {
          const weight = points.reduce((sum, [, w]) => sum + w, 0);
          const level = points.reduce((sum, [x, w]) => sum + (x * w) / weight, 0);
          const value_sd = Math.sqrt(points.reduce((sum, [x, w]) => sum + ((x - level) ** 2 * w) / weight, 0));
          const mean = { level, value_sd, upper: null };
          const expectation = points.reduce((sum, [x, w]) => {
            const statistics = { n: 1, total: x, exposure_ms: 0, total_squares: x * x };
            return sum + (w / weight) * Math.exp(spreadMeanLogRatio(statistics, mean, side * size));
          }, 0);
          expect(expectation).toBeLessThanOrEqual(1 + close);
        },
      ),
      { seed: 4, numRuns: 500 },
    );
  });

  test('correlation, by quadrature over the plane', () => {
    for (const [null0, alternative] of [
      [-0.6, 0.4],
      [0, 0.5],
      [0.8, 0.3],
    ]) {
      const step = 0.05;
      const scale = Math.sqrt(1 - null0 ** 2);
      let expectation = 0;
      for (let x = -8; x <= 8; x += step) {
        for (let y = -8; y <= 8; y += step) {
          const q = (x * x - 2 * null0 * x * y + y * y) / (1 - null0 ** 2);
          const density = Math.exp(-q / 2) / (2 * Math.PI * scale);
          expectation += density * Math.exp(correlationLogRatio(x, y, alternative, null0)) * step * step;
        }
      }
      expect(expectation).toBeCloseTo(1, 3);
    }
  });
});

test('a Bernoulli ratio is the difference of two log-likelihoods', () => {
  const p = 0.2;
  const q = 1 / (1 + Math.exp(-(Math.log(0.25) + 0.6)));
  expect(bernoulliLogRatio(7, 25, p, 0.6)).toBeCloseTo(7 * Math.log(q / p) + 18 * Math.log((1 - q) / (1 - p)), 12);
});

test('at the edge of what is resolved a proportion gives no evidence further out', () => {
  expect(bernoulliLogRatio(0, 1e6, 0, -1)).toBe(0);
  expect(bernoulliLogRatio(1e6, 1e6, 1, 1)).toBe(0);
  expect(bernoulliLogRatio(0, 1e6, PROPORTION_MIN / 2, -0.2)).toBe(0);
});

test('sums about the level do not cancel: far from zero the evidence is that of the same values near it', () => {
  const near = { n: 3, total: 10 + 11 + 12, exposure_ms: 0, total_squares: 100 + 121 + 144 };
  const offset = 10_000_000;
  const values = [10, 11, 12].map((value) => value + offset);
  const far = {
    n: 3,
    total: values.reduce((sum, value) => sum + value, 0),
    exposure_ms: 0,
    total_squares: values.reduce((sum, value) => sum + value * value, 0),
  };
  const here = spreadMeanLogRatio(near, { level: 10.5, value_sd: 1, upper: null }, 0.6);
  const there = spreadMeanLogRatio(far, { level: 10.5 + offset, value_sd: 1, upper: null }, 0.6);
  // The squares sum to 3e14: their last bit is worth 0.06.
  expect(Math.abs(there - here)).toBeLessThan(0.06);
});

test('without a bound a downward mean has no bounded evidence, and the spread form takes over', () => {
  const statistics = { n: 10, total: 7_000, exposure_ms: 0, total_squares: 5_400_000 };
  const mean = { level: 900, value_sd: 300, upper: null };
  expect(boundedMeanLogRatio(statistics, mean, -0.6)).toBe(0);
  expect(spreadMeanLogRatio(statistics, mean, -0.6)).toBeGreaterThan(1);
});

test('all shifts of a mean at once are the same figures, to the last digit, as one by one', () => {
  const shifts = [0.2, 0.35, 0.6, 1, -0.2, -0.35, -0.6, -1];
  const count = fc.integer({ min: 1, max: 500 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(count, share, share, share, fc.option(share), (n, part, level, spread, bound) => {
      const statistics = { n, total: n * part * 900, exposure_ms: 0, total_squares: n * (part * 900 + spread) ** 2 };
      const null_mean = { value_sd: spread * 300, upper: bound === null ? null : 900 + bound * 1e5 };
      const [low, high] = [level * 900 - 3, level * 900 + 3];
      const all = new Float64Array(16);
      meanLogRatios(all, statistics, { low, high, ...null_mean }, shifts, shifts.length);
      for (const [index, shift] of shifts.entries()) {
        const mean = { level: shift > 0 ? high : low, ...null_mean };
        expect(all[index]).toBe(boundedMeanLogRatio(statistics, mean, shift));
        expect(all[index + 8]).toBe(spreadMeanLogRatio(statistics, mean, shift));
      }
    }),
    { seed: 3, numRuns: 200 },
  );
});
