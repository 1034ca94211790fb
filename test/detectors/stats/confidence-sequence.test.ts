import { expect, test } from 'vitest';
import {
  levelSequence,
  meanSequence,
  proportionSequence,
  rateSequence,
} from '../../../detectors/stats/confidence-sequence.js';
import { seededRandom } from '../seeded-random.js';
import { mean } from '../streams.js';

/** Share of 400 streams whose interval left the truth out at any of 200 looks. */
function everOut(
  draw: (random: ReturnType<typeof seededRandom>) => () => { low: number; high: number },
  truth: number,
) {
  return mean(
    Array.from({ length: 400 }, (_, seed) => {
      const look = draw(seededRandom(seed + 1));
      for (let index = 0; index < 200; index++) {
        const { low, high } = look();
        if (truth < low || truth > high) return 1;
      }
      return 0;
    }),
  );
}

test('however often one looks, the level is left out in at most alpha of all streams', () => {
  const proportion = everOut((random) => {
    let [n, k] = [0, 0];
    return () => {
      n += 10;
      k += random.binomial(10, 0.2);
      return proportionSequence(k, n, 0.1);
    };
  }, 0.2);
  const rate = everOut((random) => {
    let [events, expected] = [0, 0];
    return () => {
      events += random.poisson(3);
      expected += 2;
      return rateSequence(events, expected, 0.1);
    };
  }, 1.5);
  const average = everOut((random) => {
    let [total, units] = [0, 0];
    return () => {
      for (let i = 0; i < 10; i++) total += 0.3 + random.normal();
      units += 10;
      return meanSequence(total, units, 0.1);
    };
  }, 0.3);
  // Two standard errors above 0.1; an interval for one sample size leaves it out in some 0.5 of all streams.
  for (const share of [proportion, rate, average]) expect(share).toBeLessThan(0.13);
});

test('the ends lie where the mixture is 1 / alpha times the likelihood', () => {
  const { low, high } = proportionSequence(3, 10, 0.05);
  // B(4, 8) = 3! 7! / 11!
  const mixture = (6 * 5040) / 39_916_800;
  for (const p of [low, high]) expect(mixture / (p ** 3 * (1 - p) ** 7)).toBeCloseTo(20, 9);
  const rate = rateSequence(4, 2, 0.05);
  // The integral of r^4 e^-2r under e^-r is 4! / 3^5.
  for (const r of [rate.low, rate.high]) expect(24 / 243 / (r ** 4 * Math.exp(-2 * r))).toBeCloseTo(20, 8);
});

test('no or one-sided counts leave the other end open', () => {
  expect(proportionSequence(0, 0, 0.05)).toEqual({ low: 0, high: 1 });
  expect(proportionSequence(0, 50, 0.05).low).toBe(0);
  expect(proportionSequence(50, 50, 0.05).high).toBe(1);
  expect(rateSequence(0, 5, 0.05).low).toBe(0);
  for (const kind of ['proportion', 'rate', 'mean'] as const) {
    const { low, high } = levelSequence(kind, 0, 0, 0, 0.05);
    expect(low).toBeLessThan(high);
    expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
  }
});
