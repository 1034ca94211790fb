import type { ExpectedLevel } from '../../contracts/detector.js';
import type { Statistics } from '../../contracts/observation.js';
import type { SignalKind } from '../../contracts/signal.js';

const MS_PER_MINUTE = 60_000;

/** Values are integers: a standard deviation below this, in their unit, is rounding of a history without spread. */
export const VALUE_SD_MIN = 1e-9;

/**
 * How far a window lies from what is expected of it, in standard deviations that independent units would give:
 *
 * | kind | residual |
 * | --- | --- |
 * | proportion | (total - n p) / sqrt(n p (1 - p)) |
 * | rate | (total - L e) / sqrt(L e), e in minutes of exposure |
 * | mean | (total / n - m) sqrt(n) / value_sd |
 *
 * Mean 0; variance 1 times the overdispersion. 0 where the expectation has no spread or the window is empty.
 */
export function pearsonResidual(
  kind: SignalKind,
  statistics: Readonly<Statistics>,
  expected: Pick<ExpectedLevel, 'level' | 'value_sd'>,
): number {
  const { n, total } = statistics;
  if (!(n > 0)) return 0;
  if (kind === 'mean') {
    return expected.value_sd > VALUE_SD_MIN ? ((total / n - expected.level) * Math.sqrt(n)) / expected.value_sd : 0;
  }
  const mean = kind === 'rate' ? (expected.level * statistics.exposure_ms) / MS_PER_MINUTE : n * expected.level;
  const variance = kind === 'rate' ? mean : mean * (1 - expected.level);
  return variance > 0 ? (total - mean) / Math.sqrt(variance) : 0;
}
