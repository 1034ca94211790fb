import { describe, expect, test } from 'vitest';
import type { StreamTraits } from '../../contracts/detector.js';
import { mixtureEsr } from '../../detectors/mixture-e-sr.js';
import { delayLimit } from '../../detectors/stats/delay-limit.js';
import { bernoulliDivergence } from '../../detectors/stats/kullback-leibler.js';
import { logit } from '../../detectors/stats/logit.js';
import { type SeededRandom, seededRandom } from './seeded-random.js';
import {
  counts,
  drawStatistics,
  firstDrift,
  LEVELS,
  MEAN_UPPER,
  mean,
  meanLow,
  WINDOW_US,
  windowAt,
} from './streams.js';

const UNITS_BETWEEN_FALSE = 1e4;
const N = 25;

function proportionRun(
  p0: number,
  p1: number,
  options: {
    readonly harmful: StreamTraits['harmful'];
    readonly seed: number;
    readonly changeAt?: number;
    readonly n?: number;
    readonly rho?: number;
    readonly windowsMax?: number;
  },
) {
  const { harmful, seed, changeAt = 0, n = N, rho = 0, windowsMax = 20_000 } = options;
  const random = seededRandom(seed);
  const expected = { ...LEVELS.proportion, level: p0, dispersion: 1 + (n - 1) * rho };
  const traits = { kind: 'proportion', harmful, log_threshold: Math.log(UNITS_BETWEEN_FALSE) } as const;
  return firstDrift(mixtureEsr, {}, traits, windowsMax, (index) => {
    const p = index * n >= changeAt ? p1 : p0;
    return windowAt(index, counts(n, random.binomial(n, rho > 0 ? drawBeta(random, p, rho) : p)), expected);
  });
}

/** A proportion that varies from window to window with intra-window correlation rho. */
function drawBeta(random: SeededRandom, p: number, rho: number): number {
  const size = (1 - rho) / rho;
  const successes = random.gamma(p * size) * p;
  return successes / (successes + random.gamma((1 - p) * size) * (1 - p));
}

function runs<Result>(count: number, run: (seed: number) => Result): Result[] {
  return Array.from({ length: count }, (_, seed) => run(seed + 1));
}

test('finds a fall of an answer rate from 0.20 to 0.12 and tells since when and by how much', () => {
  const random = seededRandom(42);
  const traits = { kind: 'proportion', harmful: 'down', log_threshold: Math.log(1e6) } as const;
  const found = firstDrift(mixtureEsr, {}, traits, 400, (index) =>
    windowAt(index, counts(N, random.binomial(N, index < 200 ? 0.2 : 0.12)), LEVELS.proportion),
  );
  expect(found!.verdict).toMatchObject({
    state: 'drift',
    direction: 'down',
    is_harmful: true,
    is_still_drifted: true,
  });
  expect(found!.windows).toBe(216);
  expect(found!.verdict.effect).toBeCloseTo(logit(0.12) - logit(0.2), 0);
  expect(found!.verdict.effect_confidence).toBeGreaterThan(0.99);
  expect(Math.abs(found!.verdict.change_us! / WINDOW_US - 200)).toBeLessThan(6);
});

test('a mean whose largest value is not known does not come to an alarm by watching alone', () => {
  const random = seededRandom(3);
  const traits = { kind: 'mean', harmful: 'down', log_threshold: Math.log(1_000) } as const;
  const expected = { ...LEVELS.mean, standard_error: LEVELS.mean.value_sd / 10 };
  const found = firstDrift(mixtureEsr, {}, traits, 40 * (1_000 / N), (index) =>
    windowAt(index, drawStatistics('mean', random, N, expected.level), expected),
  );
  expect(found).toBeNull();
});

describe('false alarms lie at least c calls apart (99 % bound on the mean of 300 null runs)', () => {
  test.each([
    [0.2, 'down', 0, 25],
    [0.05, 'up', 0, 25],
    [0.2, 'down', 0.02, 50],
  ] as const)('proportion %d, harmful %s, intra-window correlation %d, windows of %d', (p, harmful, rho, n) => {
    const lengths = runs(
      300,
      (seed) => proportionRun(p, p, { harmful, seed, n, rho, windowsMax: 40_000 })!.windows * n,
    );
    expect(meanLow(lengths)).toBeGreaterThan(UNITS_BETWEEN_FALSE);
  });

  test.each([
    ['rate', 'up'],
    ['mean', 'up'],
  ] as const)('%s', (kind, harmful) => {
    const traits = { kind, harmful, upper: MEAN_UPPER, log_threshold: Math.log(UNITS_BETWEEN_FALSE) };
    const lengths = runs(150, (seed) => {
      const random = seededRandom(seed);
      const draw = (index: number) =>
        windowAt(index, drawStatistics(kind, random, N, LEVELS[kind].level), LEVELS[kind]);
      return (firstDrift(mixtureEsr, {}, traits, 4_000, draw)?.windows ?? 4_000) * N;
    });
    expect(meanLow(lengths)).toBeGreaterThan(UNITS_BETWEEN_FALSE);
  });

  test('a mean of skewed values far below their bound', () => {
    const expected = { ...LEVELS.mean, value_sd: 900 };
    const traits = { kind: 'mean', harmful: 'down', upper: 400_000, log_threshold: Math.log(1e4) } as const;
    const lengths = runs(150, (seed) => {
      const random = seededRandom(seed);
      const draw = (index: number) => windowAt(index, drawExponential(random, 900), expected);
      return (firstDrift(mixtureEsr, {}, traits, 4_000, draw)?.windows ?? 4_000) * N;
    });
    expect(meanLow(lengths)).toBeGreaterThan(UNITS_BETWEEN_FALSE);
  });
});

describe('the mean delay is at most 1.5 times the shortest that any rule can reach', () => {
  test.each([
    [0.2, 0.14, 'down'],
    [0.05, 0.08, 'up'],
    [0.35, 0.5, 'up'],
  ] as const)('%d to %d, harmful %s', (p0, p1, harmful) => {
    const limit = delayLimit(UNITS_BETWEEN_FALSE, bernoulliDivergence(p0, p1), bernoulliDivergence(p1, p0));
    const delays = runs(600, (seed) => proportionRun(p0, p1, { harmful, seed: 1_000 + seed })!.windows * N);
    expect(mean(delays) / limit).toBeLessThan(1.5);
    expect(mean(delays) / limit).toBeGreaterThan(1); // Faster than the limit: the threshold would not hold.
  });

  test.each([
    [0.2, 0.14, 'down'],
    [0.02, 0.03, 'up'],
  ] as const)('%d to %d is found as soon at the start of watching as later', (p0, p1, harmful) => {
    const delay = (changeAt: number) =>
      mean(
        runs(500, (seed) => proportionRun(p0, p1, { harmful, seed: 20_000 + seed, changeAt })!.windows * N - changeAt)
          // A false alarm before the change is no delay.
          .filter((calls) => calls > 0),
      );
    expect(delay(0) / delay(2_000)).toBeLessThan(1.12);
    expect(delay(0) / delay(2_000)).toBeGreaterThan(0.88);
  });

  test('a mean far below its bound is found as fast as a Gaussian would be', () => {
    const random = seededRandom(1);
    const traits = { kind: 'mean', harmful: 'down', upper: 400_000, log_threshold: Math.log(1e4) } as const;
    const delays = runs(200, () => {
      const draw = (index: number) => windowAt(index, drawExponential(random, 630), { ...LEVELS.mean, value_sd: 900 });
      return firstDrift(mixtureEsr, {}, traits, 4_000, draw)!.windows * N;
    });
    expect(mean(delays) / delayLimit(UNITS_BETWEEN_FALSE, 0.3 ** 2 / 2, 0.3 ** 2 / 2)).toBeLessThan(1.6);
  });
});

/** Values from 0 up, as durations are: standard deviation equal to the mean, rounded to integers. */
function drawExponential(random: SeededRandom, level: number) {
  let total = 0;
  let squares = 0;
  for (let i = 0; i < N; i++) {
    const value = Math.round(-level * Math.log(1 - random.uniform()));
    total += value;
    squares += value * value;
  }
  return counts(N, total, 0, squares);
}

test('start and size of a change are told to within their stated errors', () => {
  const changeAt = 1_000;
  const found = runs(
    500,
    (seed) => proportionRun(0.2, 0.14, { harmful: 'down', seed: 9_000 + seed, changeAt })!,
  ).filter(({ windows }) => windows * N > changeAt);
  const errors = found.map(({ windows, verdict }) => windows * N - verdict.units_since_change - changeAt);
  const covered = found.filter(
    ({ verdict }, index) => Math.abs(errors[index]) <= 2 * verdict.details!.change_sd_units + N,
  );
  expect(Math.abs(mean(errors))).toBeLessThan(80);
  expect(mean(errors.map(Math.abs))).toBeLessThan(140);
  expect(covered.length / found.length).toBeGreaterThan(0.95);
  // `change_us` is the start of the window that the estimated call lies in.
  for (const [index, { verdict }] of found.entries()) {
    const units = errors[index] + changeAt;
    expect(verdict.change_us).toBe(Math.floor(units / N) * WINDOW_US);
  }
});

test('at the alarm of a large shift the gate of the policy is open', () => {
  const found = runs(300, (seed) => proportionRun(0.2, 0.1, { harmful: 'down', seed: 3_000 + seed })!);
  const open = found.filter(({ verdict }) => verdict.effect_confidence >= 0.9 && verdict.is_still_drifted);
  expect(open.length / found.length).toBeGreaterThan(0.97);
  // Small shifts have more in hand at any time, so a large one is told somewhat too small.
  const effects = found.map(({ verdict }) => verdict.effect);
  expect(Math.abs(mean(effects) - (logit(0.1) - logit(0.2)))).toBeLessThan(0.17);
});

test('a baseline that is off by its standard error does not add up to a drift', () => {
  const random = seededRandom(4);
  const expected = { ...LEVELS.proportion, level: 0.212, standard_error: 0.012 };
  const traits = { kind: 'proportion', harmful: 'down', log_threshold: Math.log(1e6) } as const;
  const draw = (index: number) => windowAt(index, counts(N, random.binomial(N, 0.2)), expected);
  expect(firstDrift(mixtureEsr, {}, traits, 4_000, draw)).toBeNull();
  const plugIn = firstDrift(
    mixtureEsr,
    { null_standard_errors: 0 },
    { ...traits, log_threshold: Math.log(1e4) },
    4_000,
    draw,
  );
  expect(plugIn).not.toBeNull();
});

test('evidence of an insufficient baseline goes on adding up, and the details tell how far it has come', () => {
  const expected = { ...LEVELS.proportion, is_sufficient: false };
  const state = mixtureEsr.init(mixtureEsr.config.parse({}), { kind: 'proportion', harmful: 'up', log_threshold: 9 });
  let last = mixtureEsr.step(state, windowAt(0, counts(N, 5), expected)).verdict;
  expect(last.details).toBeUndefined();
  for (let index = 1; index < 20; index++) {
    last = mixtureEsr.step(state, windowAt(index, counts(N, 14), expected)).verdict;
  }
  expect(last).toMatchObject({ state: 'insufficient', direction: 'up', details: { evidence_level: 2 } });
  expect(mixtureEsr.step(state, windowAt(20, counts(N, 14), LEVELS.proportion)).verdict.state).toBe('drift');
});

test('a head start is a tenth of the threshold at most, and as much is added to the threshold', () => {
  const window = windowAt(0, counts(N, 5), { ...LEVELS.proportion, level: 0.02 });
  const started = (head_start: number) =>
    mixtureEsr.step(
      mixtureEsr.init(mixtureEsr.config.parse({ head_start }), {
        kind: 'proportion',
        harmful: 'up',
        log_threshold: Math.log(1e4),
      }),
      window,
    );
  expect(started(0).verdict.log_threshold).toBe(Math.log(1e4));
  expect(started(0.1).verdict.log_threshold).toBeGreaterThan(Math.log(1e4));
  expect(started(10).verdict.log_threshold).toBeCloseTo(Math.log(1.1e4), 10);
  expect(started(10).state.evidence.masses).not.toEqual(started(0).state.evidence.masses);
});

test('reaching the threshold exactly counts as reaching it', () => {
  const windows = [windowAt(0, counts(N, 9), LEVELS.proportion)];
  const init = (log_threshold: number) =>
    mixtureEsr.init(mixtureEsr.config.parse({ head_start: 0 }), { kind: 'proportion', harmful: 'up', log_threshold });
  const reached = mixtureEsr.step(init(100), windows[0]).verdict.log_evidence;
  expect(mixtureEsr.step(init(reached), windows[0]).verdict.state).toBe('drift');
  expect(mixtureEsr.step(init(reached + Math.log(20) - 1e-9), windows[0]).verdict.state).toBe('warn');
  expect(mixtureEsr.step(init(reached + Math.log(20) + 1e-9), windows[0]).verdict.state).toBe('quiet');
});

test('a constant history and a signal at its floor give no false evidence', () => {
  const mean0 = { ...LEVELS.mean, value_sd: 0 };
  const traits = { harmful: 'either', upper: MEAN_UPPER, log_threshold: Math.log(1e6) } as const;
  const constant = (index: number) => windowAt(index, counts(N, N * 900, 0, N * 900 * 900), mean0);
  expect(firstDrift(mixtureEsr, {}, { kind: 'mean', ...traits }, 2_000, constant)).toBeNull();
  const moved = (index: number) => windowAt(index, counts(N, N * 1100, 0, N * 1100 * 1100), mean0);
  expect(firstDrift(mixtureEsr, {}, { kind: 'mean', ...traits }, 2_000, moved)!.verdict.direction).toBe('up');
  const never = { ...LEVELS.proportion, level: 0 };
  const silent = (index: number) => windowAt(index, counts(500, 0), never);
  expect(firstDrift(mixtureEsr, {}, { kind: 'proportion', ...traits }, 2_000, silent)).toBeNull();
});
