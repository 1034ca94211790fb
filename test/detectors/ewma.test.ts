import { expect, test } from 'vitest';
import { ewma } from '../../detectors/ewma.js';
import { addToEwmaChart, ewmaLimit, initEwmaChart } from '../../detectors/stats/ewma-chart.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { drawStatistics, firstDrift, LEVELS, mean, windowAt } from './streams.js';

const { values, cases, run_lengths } = referenceFile<{
  values: number[];
  cases: { weight: number; distances: number[] }[];
  run_lengths: { weight: number; limit: number; values: number }[];
}>('ewma');

test.each(cases)('at $weight the distance is that of the weighted sum over all values', ({ weight, distances }) => {
  const chart = initEwmaChart();
  for (const [index, value] of values.entries()) {
    expect(addToEwmaChart(chart, value, weight)).toBeCloseTo(distances[index], 10);
  }
});

test.each(run_lengths)('the limit for $values values at $weight is about $limit', (row) => {
  expect(Math.abs(ewmaLimit(row.values, row.weight) - row.limit)).toBeLessThan(0.03);
});

test('the default limit holds about the budget for means, and a shift is found on its side', () => {
  const traits = { kind: 'mean', harmful: 'up', upper: 4_000, log_threshold: Math.log(5e3) } as const;
  const run = (level: number, seed: number) => {
    const random = seededRandom(seed);
    return firstDrift(ewma, {}, traits, 4_000, (index) =>
      windowAt(index, drawStatistics('mean', random, 10, level), LEVELS.mean),
    )!;
  };
  const quiet = mean(Array.from({ length: 150 }, (_, seed) => run(900, seed + 1).windows * 10));
  expect(quiet).toBeGreaterThan(0.75 * 5e3);
  expect(quiet).toBeLessThan(1.4 * 5e3);
  for (let seed = 1; seed <= 20; seed++) {
    const { windows, verdict } = run(1_020, seed);
    expect(windows).toBeLessThan(40);
    expect(verdict).toMatchObject({ direction: 'up', is_harmful: true });
  }
});
