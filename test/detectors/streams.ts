import type { DetectionWindow, Detector, ExpectedLevel, OutcomeTable, StreamTraits } from '../../contracts/detector.js';
import type { Statistics } from '../../contracts/observation.js';
import type { SignalKind } from '../../contracts/signal.js';
import type { Verdict } from '../../contracts/verdict.js';
import type { SeededRandom } from './seeded-random.js';

export const WINDOW_US = 60_000_000;

/** What is expected of the simulated levels; `level` differs by kind. */
export const LEVELS: Readonly<Record<SignalKind, ExpectedLevel>> = {
  proportion: { level: 0.2, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true },
  rate: { level: 0.5, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true },
  mean: { level: 900, standard_error: 0, value_sd: 300, dispersion: 1, is_sufficient: true },
};
export const MEAN_UPPER = 4_000;
export const EXPOSURE_MS_PER_CALL = 120_000;

export function windowAt(index: number, statistics: Statistics, expected: ExpectedLevel): DetectionWindow {
  return { start_us: index * WINDOW_US, end_us: (index + 1) * WINDOW_US, ...statistics, expected };
}

export function counts(n: number, total: number, exposure_ms = 0, total_squares = 0): Statistics {
  return { n, total, exposure_ms, total_squares };
}

/** Statistics of `n` calls whose level is `level`; values of a mean are rounded normals held within their bounds. */
export function drawStatistics(
  kind: SignalKind,
  random: SeededRandom,
  n: number,
  level: number,
  valueSd = LEVELS.mean.value_sd,
): Statistics {
  if (kind === 'proportion') return counts(n, random.binomial(n, level));
  if (kind === 'rate') {
    const exposure = n * EXPOSURE_MS_PER_CALL;
    return counts(n, random.poisson((level * exposure) / 60_000), exposure);
  }
  let total = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const value = Math.round(Math.min(MEAN_UPPER, Math.max(0, level + valueSd * random.normal())));
    total += value;
    squares += value * value;
  }
  return counts(n, total, 0, squares);
}

/** A window of a relationship between two means whose standardised residuals have this correlation. */
export function drawPair(
  random: SeededRandom,
  index: number,
  correlation: number,
  expected: number,
  halfWidth = 0,
): DetectionWindow {
  const x = random.normal();
  const y = correlation * x + Math.sqrt(1 - correlation * correlation) * random.normal();
  return pairWindow(index, x, y, expected, halfWidth);
}

/** The window of two means of 25 calls each with these standardised residuals. */
export function pairWindow(index: number, x: number, y: number, expected: number, halfWidth = 0): DetectionWindow {
  const level = LEVELS.mean;
  const side = (residual: number) => counts(25, 25 * level.level + residual * 5 * level.value_sd);
  return {
    ...windowAt(index, side(x), level),
    paired: { ...side(y), expected: level },
    expected_correlation: {
      correlation: expected,
      correlation_low: Math.tanh(Math.atanh(expected) - halfWidth),
      correlation_high: Math.tanh(Math.atanh(expected) + halfWidth),
      x_sd: 1,
      y_sd: 1,
      is_sufficient: true,
    },
  };
}

/** Calls by two outcomes of these shares and this log odds ratio between them. */
export function drawTable(
  random: SeededRandom,
  n: number,
  x_share: number,
  y_share: number,
  log_odds_ratio: number,
): OutcomeTable {
  const odds = Math.exp(log_odds_ratio);
  const sum = 1 + (x_share + y_share) * (odds - 1);
  const root = Math.sqrt(sum * sum - 4 * odds * (odds - 1) * x_share * y_share);
  const share = Math.abs(odds - 1) < 1e-9 ? x_share * y_share : (sum - root) / (2 * (odds - 1));
  const x = random.binomial(n, x_share);
  const both = random.binomial(x, share / x_share);
  const y_only = random.binomial(n - x, (y_share - share) / (1 - x_share));
  return { both, x_only: x - both, y_only, neither: n - x - y_only };
}

/** Shares of the parts of the simulated mix. */
export const MIX = [0.45, 0.3, 0.2, 0.05] as const;

/** A window of a mix whose part `moved` has shifted by this many log odds against all others. */
export function drawMix(random: SeededRandom, index: number, n: number, shift: number, moved = 1): DetectionWindow {
  const weights = MIX.map((share, part) => share * (part === moved ? Math.exp(shift) : 1));
  let [left, among] = [n, weights.reduce((sum, weight) => sum + weight, 0)];
  const parts = weights.map((weight, part) => {
    const total = part === MIX.length - 1 ? left : random.binomial(left, Math.min(1, weight / among));
    left -= total;
    among -= weight;
    return { total, expected: { ...LEVELS.proportion, level: MIX[part] } };
  });
  return { ...windowAt(index, counts(n, parts[0].total), parts[0].expected), parts };
}

/** The window of a relationship within calls, with what is expected of it on the scale of Yule's Y. */
export function tableWindow(
  index: number,
  table: OutcomeTable,
  log_odds_ratio: number,
  standard_error = 0,
): DetectionWindow {
  const { both, x_only, y_only, neither } = table;
  const n = both + x_only + y_only + neither;
  const side = (total: number) => counts(n, total);
  const at = (theta: number) => Math.tanh(theta / 4);
  return {
    ...windowAt(index, side(both + x_only), LEVELS.proportion),
    paired: { ...side(both + y_only), expected: LEVELS.proportion },
    table,
    expected_correlation: {
      correlation: at(log_odds_ratio),
      correlation_low: at(log_odds_ratio - 1.959963984540054 * standard_error),
      correlation_high: at(log_odds_ratio + 1.959963984540054 * standard_error),
      x_sd: 1,
      y_sd: 1,
      is_sufficient: true,
    },
  };
}

/** Steps a detector until it says `drift`; null where it has not after `windowsMax` windows. */
export function firstDrift<Config, State>(
  detector: Detector<Config, State>,
  options: unknown,
  traits: StreamTraits,
  windowsMax: number,
  draw: (index: number) => DetectionWindow,
): { readonly windows: number; readonly verdict: Verdict } | null {
  let state = detector.init(detector.config.parse(options), traits);
  for (let index = 0; index < windowsMax; index++) {
    const next = detector.step(state, draw(index));
    state = next.state;
    if (next.verdict.state === 'drift') return { windows: index + 1, verdict: next.verdict };
  }
  return null;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Lower end of a one-sided 99 % interval of a mean. */
export function meanLow(values: readonly number[]): number {
  const average = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
  return average - 2.326 * Math.sqrt(variance / values.length);
}
