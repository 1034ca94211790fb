import { describe, expect, test } from 'vitest';
import { recoveryEsr } from '../../detectors/recovery-e-sr.js';
import { delayLimit } from '../../detectors/stats/delay-limit.js';
import { bernoulliDivergence } from '../../detectors/stats/kullback-leibler.js';
import { expit, logit } from '../../detectors/stats/logit.js';
import { seededRandom } from './seeded-random.js';
import { drawPair, drawStatistics, firstDrift, LEVELS, MEAN_UPPER, mean, meanLow } from './streams.js';

const RECOVERY_CALLS = 1_000;
const THROTTLED_N = 10;
const options = { drift_effect: logit(0.14) - logit(0.2), recovery_log_threshold: Math.log(RECOVERY_CALLS) };
const traits = { kind: 'proportion', harmful: 'down', log_threshold: 15 } as const;

function run(p: number, seed: number, windowsMax = 20_000) {
  const random = seededRandom(seed);
  return firstDrift(recoveryEsr, options, traits, windowsMax, (index) => ({
    start_us: index,
    end_us: index + 1,
    ...drawStatistics('proportion', random, THROTTLED_N, p),
    expected: LEVELS.proportion,
  }));
}

test('closes an episode within 1.5 times the shortest mean delay once the level is back', () => {
  const found = Array.from({ length: 400 }, (_, seed) => run(0.2, seed + 1)!);
  const limit = delayLimit(RECOVERY_CALLS, bernoulliDivergence(0.17, 0.2), bernoulliDivergence(0.2, 0.17));
  expect(mean(found.map(({ windows }) => windows * THROTTLED_N)) / limit).toBeLessThan(1.5);
  expect(Math.abs(mean(found.map(({ verdict }) => verdict.effect)))).toBeLessThan(0.1);
  for (const { verdict } of found) {
    expect(verdict).toMatchObject({ state: 'drift', direction: 'up', is_harmful: false, is_still_drifted: false });
  }
});

test.each([
  ['at the drifted level', 0.14],
  ['further out', 0.11],
  ['at the midpoint, the edge of the null', 0.17],
])('does not close an episode that goes on %s, by the mean of 200 runs at 99 per cent confidence', (_, p) => {
  const units = Array.from(
    { length: 200 },
    (_ignored, seed) => (run(p, seed + 1, 2_000)?.windows ?? 2_000) * THROTTLED_N,
  );
  expect(meanLow(units)).toBeGreaterThan(RECOVERY_CALLS);
});

describe('tells a return from a drift that goes on, for every kind', () => {
  test.each([
    ['proportion', 0.7],
    ['rate', 0.5],
    ['mean', 0.8],
    ['mean', -0.8],
    ['rate', -0.5],
    ['proportion', -0.7],
  ] as const)('%s, drifted by %d', (kind, drift) => {
    const { level } = LEVELS[kind];
    const drifted =
      kind === 'proportion'
        ? expit(logit(level) + drift)
        : kind === 'rate'
          ? level * Math.exp(drift)
          : level + drift * LEVELS.mean.value_sd;
    const go = (truth: number) => {
      const random = seededRandom(17);
      const recovery = { drift_effect: drift, recovery_log_threshold: Math.log(5_000) };
      return firstDrift(recoveryEsr, recovery, { ...traits, kind, upper: MEAN_UPPER }, 60, (index) => ({
        start_us: index,
        end_us: index + 1,
        ...drawStatistics(kind, random, 25, truth),
        expected: LEVELS[kind],
      }));
    };
    expect(go(level)!.verdict.direction).toBe(drift > 0 ? 'down' : 'up');
    expect(Math.abs(go(level)!.verdict.effect)).toBeLessThan(Math.abs(drift) / 2);
    expect(go(drifted)).toBeNull();
  });

  test('relationship', () => {
    const sides = { x: 'mean', y: 'mean' } as const;
    const recovery = { drift_effect: Math.atanh(0.3) - Math.atanh(-0.6), recovery_log_threshold: Math.log(200) };
    const go = (correlation: number) => {
      const random = seededRandom(23);
      return firstDrift(recoveryEsr, recovery, { ...traits, kind: 'relationship', sides }, 100, (index) =>
        drawPair(random, index, correlation, -0.6),
      );
    };
    expect(go(-0.6)!.verdict).toMatchObject({ state: 'drift', direction: 'down' });
    expect(go(-0.6)!.windows).toBeLessThan(60);
    expect(go(0.3)).toBeNull();
  });
});

test('says that the stream is still drifted until the last windows speak otherwise', () => {
  const state = recoveryEsr.init(options, traits);
  const window = (total: number) => ({
    start_us: 0,
    end_us: 1,
    n: 50,
    total,
    exposure_ms: 0,
    total_squares: 0,
    expected: LEVELS.proportion,
  });
  for (let index = 0; index < 5; index++) {
    expect(recoveryEsr.step(state, window(7)).verdict).toMatchObject({ state: 'quiet', is_still_drifted: true });
  }
  recoveryEsr.step(state, window(11));
  expect(recoveryEsr.step(state, window(11)).verdict.is_still_drifted).toBe(false);
});

test('a shift of 0 opened no episode', () => {
  expect(recoveryEsr.config.safeParse({ drift_effect: 0, recovery_log_threshold: 7 }).success).toBe(false);
});
