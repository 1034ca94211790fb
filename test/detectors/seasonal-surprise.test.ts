import { describe, expect, test } from 'vitest';
import type { StreamTraits } from '../../contracts/detector.js';
import type { Verdict } from '../../contracts/verdict.js';
import { seasonalSurprise } from '../../detectors/seasonal-surprise.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { counts } from './streams.js';

const traits: StreamTraits = { kind: 'mean', harmful: 'up', upper: 20_000, log_threshold: Math.log(1e4) };
const HALF_HOUR_US = 1_800_000_000;
const DAY = 48;

function watch(values: readonly number[], options: object = {}, level = 0, n = 25): Verdict[] {
  const state = seasonalSurprise.init(seasonalSurprise.config.parse(options), traits);
  return values.map((value, index) => {
    const expected = { level, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true };
    const start_us = index * HALF_HOUR_US;
    const window = { start_us, end_us: start_us + HALF_HOUR_US, ...counts(n, n * value), expected };
    return seasonalSurprise.step(state, window).verdict;
  });
}

const drifts = (verdicts: readonly Verdict[]) =>
  verdicts.flatMap(({ state }, index) => (state === 'drift' ? [index] : []));

/** Latency in ms with a busy morning, half-hour by half-hour. */
function seasonal(days: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: days * DAY }, (_, index) => {
    const isBusy = index % DAY >= 18 && index % DAY < 22;
    return 800 + (isBusy ? 600 : 0) + 50 * random.normal();
  });
}

test('equals the definitions written out in Python', () => {
  const {
    threshold,
    windows,
    expect: rows,
  } = referenceFile<{
    threshold: number;
    windows: { start_us: number; n: number; total: number; level: number }[];
    expect: { log_evidence: number; log_threshold: number; is_drift: boolean }[];
  }>('seasonal-surprise');
  const state = seasonalSurprise.init(seasonalSurprise.config.parse({ threshold }), traits);
  for (const [index, { start_us, n, total, level }] of windows.entries()) {
    const expected = { level, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true };
    const { verdict } = seasonalSurprise.step(state, { start_us, end_us: start_us, ...counts(n, total), expected });
    const row = rows[index];
    // Two orders of the same arithmetic over 480 windows part by 1e-12; a wrong formula by far more.
    expect(Math.abs(verdict.log_evidence - row.log_evidence), `window ${index}`).toBeLessThan(1e-9);
    expect(Math.abs(verdict.log_threshold - row.log_threshold)).toBeLessThan(1e-9);
    expect(verdict.state === 'drift').toBe(row.is_drift);
  }
});

describe('what it has learnt', () => {
  test('a busy morning is usual in the morning, and is told of at night', () => {
    const values = seasonal(20, 1);
    const night = 19 * DAY + 4;
    const shifted = values.map((value, index) => (index >= night && index < night + 4 ? value + 600 : value));
    expect(drifts(watch(values)).filter((index) => index >= 10 * DAY)).toEqual([]);
    const found = watch(shifted);
    const told = drifts(found).filter((index) => index >= 10 * DAY);
    expect(told).toHaveLength(1);
    expect(told[0]).toBeGreaterThanOrEqual(night);
    expect(told[0]).toBeLessThan(night + 4);
    expect(found[told[0]]).toMatchObject({ direction: 'up', is_harmful: true });
  });

  test('a busy morning that does not come is told of, downwards', () => {
    const values = seasonal(20, 2).map((value, index) => (index >= 19 * DAY && value > 1100 ? value - 600 : value));
    const found = watch(values);
    const told = drifts(found).filter((index) => index >= 10 * DAY);
    expect(told).toHaveLength(1);
    expect(found[told[0]]).toMatchObject({ direction: 'down', is_harmful: false });
  });
});

test('the default keeps a budget of ten thousand units on noise with exponential tails', () => {
  const random = seededRandom(4);
  let detections = 0;
  const [runs, windows] = [10, 3000];
  for (let run = 0; run < runs; run++) {
    const values = Array.from({ length: windows }, () => -Math.log(1 - random.uniform()));
    detections += drifts(watch(values)).length;
  }
  // Poisson: were the budget only just kept, 75 would be told of; fewer than 55 has a probability below 1 %.
  expect(detections).toBeLessThan(55);
});

test('no unit matters, nor where zero lies', () => {
  const values = seasonal(12, 5).map((value, index) => (index === 400 ? value + 5000 : value));
  const plain = watch(values, { threshold: 3 });
  const other = watch(
    values.map((value) => value * 1000 + 7e5),
    { threshold: 3 },
    7e5,
  );
  expect(drifts(plain).length).toBeGreaterThan(0);
  expect(drifts(other)).toEqual(drifts(plain));
  for (const [index, { log_evidence }] of other.entries()) {
    expect(log_evidence).toBeCloseTo(plain[index].log_evidence, 6);
  }
});

test('after a detection it holds its peace, and asks for more each time', () => {
  const random = seededRandom(6);
  const values = Array.from({ length: 1500 }, (_, index) => random.normal() + (index % 150 === 149 ? 30 : 0));
  const found = watch(values, { threshold: 2.5, quiet_windows: 100 });
  const told = drifts(found);
  expect(told.length).toBeGreaterThan(1);
  for (const [index, row] of told.entries()) {
    if (index === 0) continue;
    expect(row - told[index - 1]).toBeGreaterThan(100);
    expect(found[row].log_threshold).toBeGreaterThan(found[told[index - 1]].log_threshold);
  }
});
