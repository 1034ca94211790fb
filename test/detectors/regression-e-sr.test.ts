import { describe, expect, it } from 'vitest';
import { regressionEsr } from '../../detectors/regression-e-sr.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { mean, meanLow, pairWindow } from './streams.js';

const traits = {
  kind: 'relationship',
  sides: { x: 'mean', y: 'mean' },
  harmful: 'either',
  log_threshold: Math.log(500),
} as const;

interface Change {
  readonly slope?: number;
  readonly level?: number;
  readonly spread?: number;
  /** Standard deviation of the first signal. */
  readonly x_sd?: number;
}

function start(log_threshold: number = traits.log_threshold) {
  return regressionEsr.init(regressionEsr.config.parse({}), { ...traits, log_threshold });
}

/** Windows until `drift`; the residual changes as told from window `changeAt` on. */
function run(
  seed: number,
  r: number,
  { slope = 0, level = 0, spread = 1, x_sd = 1 }: Change,
  changeAt = 0,
  max = 4_000,
) {
  const random = seededRandom(seed);
  let state = start();
  for (let index = 0; index < max; index++) {
    const x = x_sd * random.normal();
    const noise = random.normal();
    const e = index < changeAt ? noise : slope * x + level + spread * noise;
    const next = regressionEsr.step(state, pairWindow(index, x, r * x + Math.sqrt(1 - r * r) * e, r));
    state = next.state;
    if (next.verdict.state === 'drift') return { windows: index + 1, verdict: next.verdict };
  }
  return { windows: max, verdict: null };
}

describe('regression-e-sr', () => {
  it('equals plain densities in Python', () => {
    const { cases } = referenceFile<{
      cases: { r: number; pairs: [number, number][]; expect: Record<string, number>[] }[];
    }>('regression-e-sr');
    for (const { r, pairs, expect: rows } of cases) {
      const state = start(1e-3);
      for (const [index, [x, y]] of pairs.entries()) {
        const { verdict } = regressionEsr.step(state, pairWindow(index, x, y, r));
        const told: Readonly<Record<string, unknown>> = { ...verdict, ...verdict.details };
        for (const [field, value] of Object.entries(rows[index]))
          expect(Math.abs((told[field] as number) - value) / Math.max(1, Math.abs(value)), field).toBeLessThan(1e-9);
      }
    }
  });

  it.each([
    ['slope', { slope: 0.8 }],
    ['level', { level: 0.8 }],
    ['fit', { spread: 2 }],
  ] as const)('says that it is the %s that has changed', (part, change) => {
    const found = Array.from({ length: 20 }, (_, seed) => run(seed + 1, -0.5, change, 60));
    const right = found.filter(({ verdict }) => verdict !== null && verdict.details![`${part}_share`] > 0.5);
    expect(right.length).toBeGreaterThanOrEqual(17);
    expect(mean(found.map(({ windows }) => windows)) - 60).toBeLessThan(40);
  });

  it('opens an episode for a slope alone: the confidence of a shift of level is not that of a slope', () => {
    const { verdict: level } = run(3, -0.5, { level: 0.9 }, 60);
    expect(level!.effect_confidence).toBeLessThan(0.5);
    const { verdict: slope } = run(3, -0.5, { slope: 1.2 }, 60);
    expect(slope!.effect_confidence).toBeGreaterThan(0.9);
  });

  it('gives the slope as a correlation: from -0.6 to about 0.3', () => {
    const random = seededRandom(4);
    const state = start();
    const [r, after] = [-0.6, 0.3];
    const slope = (after / Math.sqrt(1 - after * after) - r / 0.8) * 1;
    let last = regressionEsr.step(state, pairWindow(0, 0, 0, r)).verdict;
    for (let index = 1; index < 120; index++) {
      const x = random.normal();
      last = regressionEsr.step(state, pairWindow(index, x, r * x + 0.8 * (slope * x + random.normal()), r)).verdict;
    }
    expect(last.label).toBe('inverted');
    expect(Math.tanh(Math.atanh(r) + last.effect)).toBeCloseTo(after, 0);
    expect(last.direction).toBe('up');
  });

  it.each([
    ['as it did', 1],
    ['half as widely', 0.5],
  ])('keeps false alarms 500 windows apart while the first signal varies %s', (_, x_sd) => {
    const lengths = Array.from({ length: 70 }, (__, seed) => run(seed + 1, -0.3, { x_sd }).windows);
    expect(meanLow(lengths)).toBeGreaterThan(500);
  });
});
