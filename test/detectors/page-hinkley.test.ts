import { expect, test } from 'vitest';
import { pageHinkley } from '../../detectors/page-hinkley.js';
import { logit } from '../../detectors/stats/logit.js';
import { seededRandom } from './seeded-random.js';
import { counts, drawStatistics, firstDrift, LEVELS, mean, meanLow, WINDOW_US, windowAt } from './streams.js';

const traits = { kind: 'proportion', harmful: 'down', log_threshold: Math.log(1e4) } as const;

function run(p: number, seed: number) {
  const random = seededRandom(seed);
  return firstDrift(pageHinkley, {}, traits, 20_000, (index) =>
    windowAt(index, counts(25, random.binomial(25, p)), LEVELS.proportion),
  )!;
}

test('the default threshold holds the budget at a level of 0.2, and a shift of 2 delta is found', () => {
  expect(meanLow(Array.from({ length: 150 }, (_, seed) => run(0.2, seed + 1).windows * 25))).toBeGreaterThan(1e4);
  const found = Array.from({ length: 150 }, (_, seed) => run(0.12, seed + 1));
  expect(mean(found.map(({ windows }) => windows * 25))).toBeLessThan(350);
  for (const { verdict } of found) expect(verdict.direction).toBe('down');
});

test('no option is in the unit of the signal: milliseconds and seconds give the same verdicts', () => {
  const random = seededRandom(9);
  const inUnit = (scale: number) =>
    pageHinkley.init(pageHinkley.config.parse({}), { ...traits, kind: 'mean', upper: 4_000 * scale });
  const states = [inUnit(1), inUnit(1000)] as const;
  for (let index = 0; index < 80; index++) {
    const drawn = drawStatistics('mean', random, 25, index < 40 ? 900 : 1000);
    const { level, value_sd } = LEVELS.mean;
    const small = pageHinkley.step(states[0], windowAt(index, drawn, LEVELS.mean)).verdict;
    const large = pageHinkley.step(
      states[1],
      windowAt(index, counts(25, drawn.total * 1000, 0, drawn.total_squares * 1e6), {
        ...LEVELS.mean,
        level: level * 1000,
        value_sd: value_sd * 1000,
      }),
    ).verdict;
    expect(large.log_evidence).toBeCloseTo(small.log_evidence, 9);
    expect(large.state).toBe(small.state);
  }
});

test('the start of a change is when the sum last stood at zero', () => {
  const state = pageHinkley.init(pageHinkley.config.parse({ threshold: 20 }), { ...traits, harmful: 'up' });
  for (let index = 0; index < 10; index++) pageHinkley.step(state, windowAt(index, counts(25, 5), LEVELS.proportion));
  for (let index = 10; index < 14; index++) {
    pageHinkley.step(state, windowAt(index, counts(25, 11), LEVELS.proportion));
  }
  const { verdict } = pageHinkley.step(state, windowAt(14, counts(25, 11), LEVELS.proportion));
  expect(verdict).toMatchObject({ state: 'drift', direction: 'up', is_harmful: true, units_since_change: 125 });
  expect(verdict.change_us).toBe(10 * WINDOW_US);
  expect(verdict.details!.deviation).toBeCloseTo(6 / 25 / 0.4, 12);
  expect(verdict.effect).toBeCloseTo(logit(11 / 25) - logit(0.2), 12);
});
