import { expect, test } from 'vitest';
import { kswin } from '../../detectors/kswin.js';
import { smirnovDistance, smirnovTail } from '../../detectors/stats/kolmogorov-smirnov.js';
import { referenceFile } from './reference-file.js';
import { LEVELS, windowAt } from './streams.js';

const { pairs, stream, river, hidden } = referenceFile<{
  pairs: { first: number[]; second: number[]; distance: number; chance: number }[];
  stream: number[];
  river: Readonly<Record<string, number[]>>;
  hidden: { size: number; distance: number; chance: number; river: number[] };
}>('kswin');

test.each(pairs)('a distance of $distance and its exact chance of $chance are those of scipy', (pair) => {
  const first = Float64Array.from(pair.first).sort();
  const second = Float64Array.from(pair.second).sort();
  const distance = smirnovDistance(first, second);
  expect(distance).toBeCloseTo(pair.distance, 12);
  expect(smirnovTail(first.length, second.length, distance) / pair.chance).toBeCloseTo(1, 9);
});

test('equal values in both samples are no distance', () => {
  expect(smirnovDistance([1, 1, 1, 1], [1, 1])).toBe(0);
  expect(smirnovTail(4, 2, 0)).toBe(1);
  expect(smirnovDistance([1, 1, 2], [2, 3])).toBeCloseTo(2 / 3, 12);
});

/** Windows of one value each whose residuals are these values. */
function found(values: readonly number[]): number[] {
  const state = kswin.init(kswin.config.parse({}), { kind: 'mean', harmful: 'either', log_threshold: 9 });
  const expected = { ...LEVELS.mean, level: 0, value_sd: 1 };
  return values.flatMap((value, index) => {
    const window = windowAt(index, { n: 1, total: value, exposure_ms: 0, total_squares: value * value }, expected);
    return kswin.step(state, window).verdict.state === 'drift' ? [index] : [];
  });
}

test('on purpose unlike River: no random sample, so one stream has one answer', () => {
  expect(new Set(Object.values(river).map((indices) => indices.join())).size).toBeGreaterThan(1);
  const [first] = found(stream);
  // The change is at 250; the first of the newest 30 values to hold enough of it comes soon after.
  expect(first).toBeGreaterThan(250);
  expect(first).toBeLessThan(275);
});

test('on purpose unlike River: a chance below alpha is enough, without a distance above 0.1', () => {
  const { size, distance, chance } = hidden;
  expect(smirnovTail(size, size, distance) / chance).toBeCloseTo(1, 6);
  expect(chance).toBeLessThan(0.005);
  expect(distance).toBeLessThan(0.1);
  expect(hidden.river).toEqual([]);
});
