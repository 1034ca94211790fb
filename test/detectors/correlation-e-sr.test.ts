import { expect, test } from 'vitest';
import { correlationEsr } from '../../detectors/correlation-e-sr.js';
import { fisherZ } from '../../detectors/stats/fisher-interval.js';
import { seededRandom } from './seeded-random.js';
import { drawPair, firstDrift, mean, meanLow, pairWindow, WINDOW_US } from './streams.js';

const traits = {
  kind: 'relationship',
  sides: { x: 'mean', y: 'mean' },
  harmful: 'either',
  log_threshold: Math.log(650),
} as const;

function run(before: number, after: number, seed: number, changeAt = 0, halfWidth = 0, windowsMax = 10_000) {
  const random = seededRandom(seed);
  return firstDrift(correlationEsr, {}, traits, windowsMax, (index) =>
    drawPair(random, index, index < changeAt ? before : after, before, halfWidth),
  );
}

test('finds voicemail and answers that begin to rise together, and calls the relationship inverted', () => {
  const random = seededRandom(5);
  const state = correlationEsr.init(correlationEsr.config.parse({}), { ...traits, log_threshold: Math.log(5_000) });
  const verdicts = Array.from(
    { length: 250 },
    (_, index) => correlationEsr.step(state, drawPair(random, index, index < 200 ? -0.6 : 0.4, -0.6, 0.1)).verdict,
  );
  const first = verdicts.findIndex((verdict) => verdict.state === 'drift');
  expect(first).toBeGreaterThan(200);
  expect(first).toBeLessThan(225);
  expect(verdicts[first]).toMatchObject({ direction: 'up', is_harmful: true });
  expect(verdicts[first].details).toMatchObject({ r0: -0.6, is_label_provisional: 1 });
  const last = verdicts[249];
  expect(last.label).toBe('inverted');
  expect(last.details!.is_label_provisional).toBe(0);
  expect(last.details!.r_low).toBeGreaterThan(0);
  expect(Math.abs(last.change_us! / WINDOW_US - 200)).toBeLessThan(8);
  expect(last.effect).toBeCloseTo(fisherZ(0.4) - fisherZ(-0.6), 0);
  expect(Math.abs(last.details!.x_mean)).toBeLessThan(0.5);
});

test.each([
  [-0.6, 0.4, 10.6],
  [-0.6, 0, 19.8],
  [-0.8, -0.5, 21.9],
])('from %d to %d takes about the windows that it took in the reference simulation', (before, after, reference) => {
  const delays = Array.from({ length: 400 }, (_, seed) => run(before, after, seed + 1)!.windows);
  expect(mean(delays) / reference).toBeGreaterThan(0.85);
  expect(mean(delays) / reference).toBeLessThan(1.15);
});

test('false alarms lie at least c windows apart (99 % bound on the mean of 200 null runs)', () => {
  const lengths = Array.from({ length: 200 }, (_, seed) => run(-0.6, -0.6, seed + 1)!.windows);
  expect(meanLow(lengths)).toBeGreaterThan(650);
});

test('a shift of both means by itself is told in the details', () => {
  const random = seededRandom(3);
  const state = correlationEsr.init(correlationEsr.config.parse({}), traits);
  let last = correlationEsr.step(state, pairWindow(0, 0, 0, -0.5)).verdict;
  for (let index = 1; index < 60; index++) {
    last = correlationEsr.step(state, pairWindow(index, 1 + random.normal(), 1 + random.normal(), -0.5)).verdict;
  }
  expect(last.details!.x_mean).toBeGreaterThan(0.6);
  expect(last.details!.y_mean).toBeGreaterThan(0.6);
});

test('a relationship that emerges from none is looked for on both sides of 0', () => {
  for (const after of [0.6, -0.6]) {
    const random = seededRandom(8);
    const state = correlationEsr.init(correlationEsr.config.parse({}), traits);
    const verdicts = Array.from(
      { length: 60 },
      (_, index) => correlationEsr.step(state, drawPair(random, index, after, 0.06, 0.1)).verdict,
    );
    expect(verdicts[59]).toMatchObject({ state: 'drift', label: 'emerged', direction: after > 0 ? 'up' : 'down' });
  }
});

test('below six windows there is no label', () => {
  const state = correlationEsr.init(correlationEsr.config.parse({}), { ...traits, log_threshold: 3 });
  for (let index = 0; index < 5; index++) {
    const { verdict } = correlationEsr.step(state, pairWindow(index, 2, 2, -0.6));
    if (verdict.state !== 'quiet') expect(verdict.label).toBeUndefined();
  }
  expect(correlationEsr.step(state, pairWindow(5, 2, 2.1, -0.6)).verdict.label).toBeDefined();
});
