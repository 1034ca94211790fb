import { describe, expect, it } from 'vitest';
import type { DetectionWindow, Detector, StreamTraits } from '../../contracts/detector.js';
import { correlationEsr } from '../../detectors/correlation-e-sr.js';
import { regressionEsr } from '../../detectors/regression-e-sr.js';
import {
  correlationAtSize,
  exclusiveNoiseCovariance,
  type RelationshipHistory,
} from '../../detectors/stats/correlation-at-size.js';
import { drawBinomial } from '../../pipelines/evaluate/scenario-stream.js';
import { type SeededRandom, seededRandom } from './seeded-random.js';
import { mean, meanLow, windowAt } from './streams.js';

/** Two proportions of different calls whose true levels move together with this correlation and this deviation. */
const FIELD = { rho: -0.7, sd: 0.06, x: 0.2, y: 0.3 };
const HISTORY_CALLS = 200;
const THRESHOLD = 150;

function counted(random: SeededRandom, n: number, rho: number) {
  const shared = random.normal();
  const own = rho * shared + Math.sqrt(1 - rho * rho) * random.normal();
  const drawn = (level: number, move: number) =>
    drawBinomial(random, n, Math.min(0.98, Math.max(0.02, level + FIELD.sd * move)));
  return { x: drawn(FIELD.x, shared), y: drawn(FIELD.y, own) };
}

function residual(total: number, n: number, p: number): number {
  return (total - n * p) / Math.sqrt(n * p * (1 - p));
}

/** As the baseline does: moments of the residuals over history, windows of 150 to 250 calls. */
function learn(random: SeededRandom, rho: number, windows = 20_000): RelationshipHistory {
  let [x2, y2, xy, sizes] = [0, 0, 0, 0];
  for (let at = 0; at < windows; at++) {
    const n = HISTORY_CALLS - 50 + Math.floor(random.uniform() * 101);
    const { x, y } = counted(random, n, rho);
    const [rx, ry] = [residual(x, n, FIELD.x), residual(y, n, FIELD.y)];
    x2 += rx * rx;
    y2 += ry * ry;
    xy += rx * ry;
    sizes += n;
  }
  const size = sizes / windows;
  const [x_sd, y_sd] = [Math.sqrt(x2 / windows), Math.sqrt(y2 / windows)];
  return { correlation: xy / Math.sqrt(x2 * y2), x_sd, y_sd, x_size: size, y_size: size, joint_size: size };
}

function pairOf(
  index: number,
  n: number,
  history: RelationshipHistory,
  { x, y }: { x: number; y: number },
  is_corrected = true,
) {
  const level = (p: number) => ({ level: p, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true });
  const expected = is_corrected ? correlationAtSize(history, n, n, 0) : history;
  const { correlation, x_sd, y_sd } = expected;
  return {
    ...windowAt(index, { n, total: x, exposure_ms: 0, total_squares: 0 }, level(FIELD.x)),
    paired: { n, total: y, exposure_ms: 0, total_squares: 0, expected: level(FIELD.y) },
    expected_correlation: {
      correlation,
      correlation_low: Math.tanh(Math.atanh(correlation) - 0.05),
      correlation_high: Math.tanh(Math.atanh(correlation) + 0.05),
      x_sd,
      y_sd,
      is_sufficient: true,
    },
  } satisfies DetectionWindow;
}

const traits: StreamTraits = {
  kind: 'relationship',
  sides: { x: 'proportion', y: 'proportion' },
  harmful: 'either',
  log_threshold: Math.log(THRESHOLD),
};
const watching: readonly Detector<never, never>[] = [correlationEsr as never, regressionEsr as never];

function runLength(
  detector: Detector<never, never>,
  draw: (index: number) => DetectionWindow,
  windows_max: number,
): number {
  let state = detector.init(detector.config.parse({}), traits);
  for (let index = 0; index < windows_max; index++) {
    const step = detector.step(state, draw(index));
    state = step.state;
    if (step.verdict.state === 'drift') return index + 1;
  }
  return windows_max;
}

describe.each(watching.map((detector) => [detector.name, detector] as const))('%s', (_, detector) => {
  const history = learn(seededRandom(1), FIELD.rho);
  const lengths = (calls: (index: number) => number, is_corrected = true, rho = FIELD.rho, runs = 150) =>
    Array.from({ length: runs }, (__, run) => {
      const random = seededRandom(100 + run);
      return runLength(
        detector,
        (index) => pairOf(index, calls(index), history, counted(random, calls(index), rho), is_corrected),
        1_500,
      );
    });

  it.each([
    ['stays as it was', () => HISTORY_CALLS],
    ['is halved', () => HISTORY_CALLS / 2],
    ['is quartered', () => HISTORY_CALLS / 4],
    ['is doubled', () => HISTORY_CALLS * 2],
    ['goes up and down', (index: number) => 40 + 80 * (index % 4)],
  ] as const)('keeps its promise while the volume %s and nothing else changes', (__, calls) => {
    expect(meanLow(lengths(calls))).toBeGreaterThan(THRESHOLD);
  });

  it('would break it a volume that is quartered, were the correlation of history expected of every window', () => {
    expect(mean(lengths(() => HISTORY_CALLS / 4, false))).toBeLessThan(THRESHOLD);
  });

  it('still finds a true change at a quarter of the volume', () => {
    const found = lengths(() => HISTORY_CALLS / 4, true, 0.4, 20);
    expect(Math.max(...found)).toBeLessThan(150);
  });
});

describe('the correlation at another size', () => {
  const history = learn(seededRandom(2), FIELD.rho);

  it('is that of history at the sizes of history', () => {
    const { correlation, x_sd, y_sd, x_size } = history;
    const same = correlationAtSize(history, x_size, x_size, 0);
    expect(same.correlation).toBeCloseTo(correlation, 12);
    expect(same.x_sd).toBeCloseTo(x_sd, 12);
    expect(same.y_sd).toBeCloseTo(y_sd, 12);
  });

  it.each([50, 100, 400, 1_000])('is what is counted in windows of %d calls', (n) => {
    const random = seededRandom(n);
    let [x2, y2, xy] = [0, 0, 0];
    for (let at = 0; at < 5_000; at++) {
      const { x, y } = counted(random, n, FIELD.rho);
      const [rx, ry] = [residual(x, n, FIELD.x), residual(y, n, FIELD.y)];
      x2 += rx * rx;
      y2 += ry * ry;
      xy += rx * ry;
    }
    expect(correlationAtSize(history, n, n, 0).correlation).toBeCloseTo(xy / Math.sqrt(x2 * y2), 1);
    expect(correlationAtSize(history, n, n, 0).x_sd).toBeCloseTo(Math.sqrt(x2 / 5_000), 0);
  });

  it('stays where it is when all of it is counting noise: outcomes that exclude each other, levels that do not move', () => {
    const c = exclusiveNoiseCovariance(0.2, 0.3);
    expect(c).toBeCloseTo(-Math.sqrt((0.2 * 0.3) / (0.8 * 0.7)), 12);
    const noise = { correlation: c, x_sd: 1, y_sd: 1, x_size: 200, y_size: 200, joint_size: 200 };
    for (const covariance of [c, 0])
      expect(correlationAtSize(noise, 40, 40, covariance).correlation).toBeCloseTo(c, 12);
  });

  it('without known sizes is that of history', () => {
    const unknown = { ...history, x_size: 0 };
    expect(correlationAtSize(unknown, 50, 50, 0).correlation).toBe(history.correlation);
  });
});
