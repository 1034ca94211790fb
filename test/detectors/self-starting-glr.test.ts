import { describe, expect, test } from 'vitest';
import type { StreamTraits } from '../../contracts/detector.js';
import type { Verdict } from '../../contracts/verdict.js';
import { selfStartingGlr } from '../../detectors/self-starting-glr.js';
import { SPLIT_ROWS_MAX } from '../../detectors/stats/level-split.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { counts, WINDOW_US, windowAt } from './streams.js';

const traits: StreamTraits = { kind: 'mean', harmful: 'up', upper: 20_000, log_threshold: Math.log(1e4) };
const NOTHING_EXPECTED = { level: 0, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true };

function watch(values: readonly number[], options: object = {}): Verdict[] {
  const state = selfStartingGlr.init(selfStartingGlr.config.parse(options), traits);
  return values.map(
    (value, index) => selfStartingGlr.step(state, windowAt(index, counts(25, 25 * value), NOTHING_EXPECTED)).verdict,
  );
}

const changes = (verdicts: readonly Verdict[]) =>
  verdicts.flatMap(({ state, change_us }) => (state === 'drift' ? [change_us! / WINDOW_US] : []));

/** Noise with this autocorrelation about levels that change at the rows given. */
function noise(rows: number, seed: number, correlation = 0): number[] {
  const random = seededRandom(seed);
  let value = random.normal();
  return Array.from({ length: rows }, () => {
    value = correlation * value + Math.sqrt(1 - correlation * correlation) * random.normal();
    return value;
  });
}

test('equals every split fitted by itself in Python, also when the oldest windows have to go', () => {
  const {
    threshold,
    windows,
    expect: rows,
  } = referenceFile<{
    threshold: number;
    windows: [number, number][];
    expect: { log_evidence: number; change?: number }[];
  }>('self-starting-glr');
  expect(windows.length - 110).toBeGreaterThan(SPLIT_ROWS_MAX);
  const state = selfStartingGlr.init(selfStartingGlr.config.parse({ threshold }), traits);
  for (const [index, [n, total]] of windows.entries()) {
    const { verdict } = selfStartingGlr.step(state, windowAt(index, counts(n, total), NOTHING_EXPECTED));
    // Sums of squares of values near 1000 keep about nine digits of a ratio.
    expect(Math.abs(verdict.log_evidence - rows[index].log_evidence), `window ${index}`).toBeLessThan(1e-7);
    expect(verdict.state === 'drift' ? verdict.change_us! / WINDOW_US : undefined).toBe(rows[index].change);
  }
});

describe('a change', () => {
  test('is told once, with its start, its direction and about its size, and then the next one', () => {
    const values = noise(240, 1).map((value, row) => value + (row < 80 ? 0 : row < 160 ? 4 : 1));
    const found = watch(values);
    expect(changes(found)).toHaveLength(2);
    const [first, second] = found.filter(({ state }) => state === 'drift');
    expect(Math.abs(first.change_us! / WINDOW_US - 80)).toBeLessThanOrEqual(1);
    expect(Math.abs(second.change_us! / WINDOW_US - 160)).toBeLessThanOrEqual(2);
    expect(first).toMatchObject({ direction: 'up', is_harmful: true, is_still_drifted: true });
    expect(second).toMatchObject({ direction: 'down', is_harmful: false });
    // Windows of 25 values with a standard deviation of 1: a value has 5.
    expect(first.effect).toBeGreaterThan(4 / 5 / 1.5);
    expect(first.effect).toBeLessThan((4 / 5) * 1.5);
  });

  test('does not depend on the unit of the values', () => {
    const values = noise(120, 2).map((value, row) => value + (row < 60 ? 0 : 3));
    const plain = watch(values);
    const scaled = watch(values.map((value) => 1e6 * value + 3e7));
    expect(changes(scaled)).toEqual(changes(plain));
    for (const [row, { log_evidence }] of scaled.entries()) {
      expect(log_evidence).toBeCloseTo(plain[row].log_evidence, 5);
    }
  });
});

test('the default is kept: fewer than one false detection in ten thousand windows, independent or not', () => {
  let detections = 0;
  for (const correlation of [0, 0.3, 0.6]) {
    for (let seed = 1; seed <= 5; seed++) detections += changes(watch(noise(1500, seed, correlation))).length;
  }
  expect(detections).toBeLessThanOrEqual(2);
});

test('values that do not vary hold no evidence, and the first step away from them is told when it has lasted', () => {
  const found = watch([...new Array<number>(50).fill(7), ...new Array<number>(10).fill(8)]);
  expect(found.slice(0, 50).every(({ log_evidence }) => log_evidence === 0)).toBe(true);
  expect(changes(found)).toEqual([50]);
  expect(found[54].state).toBe('drift');
});
