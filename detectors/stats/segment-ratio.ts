import type { SignalKind } from '../../contracts/signal.js';
import { clampProportion } from './bernoulli-log-ratio.js';
import type { LevelFigures } from './level-log-ratio.js';

/**
 * A span of windows, or everything since a start, as sums that add up and subtract. Each window's counts are divided by
 * its dispersion, so that every log-likelihood ratio formed from them is.
 */
export interface SegmentSums {
  /** Trials, values or calls. */
  units: number;
  /** Successes or events; for means, the sum of deviations from the level in standard deviations. */
  total: number;
  /** What the baseline expects `total` to be. */
  expected: number;
  /** Fisher information about a small shift on the scale of shifts: the variance of `total` under the baseline. */
  information: number;
}

export function emptySegment(): SegmentSums {
  return { units: 0, total: 0, expected: 0, information: 0 };
}

/** Adds a window to the sums, in place. Means whose history has no spread add nothing. */
export function addToSegment(sums: SegmentSums, kind: SignalKind, window: Readonly<LevelFigures>): void {
  const { n, total, dispersion } = window;
  if (kind === 'proportion') {
    const level = clampProportion(window.level);
    sums.units += n / dispersion;
    sums.total += total / dispersion;
    sums.expected += (n * level) / dispersion;
    sums.information += (n * level * (1 - level)) / dispersion;
  } else if (kind === 'rate') {
    const events = Math.max((window.level * window.exposure_ms) / 60_000, 1e-4 * n) / dispersion;
    sums.units += n / dispersion;
    sums.total += total / dispersion;
    sums.expected += events;
    sums.information += events;
  } else if (window.value_sd > 0) {
    sums.units += n / dispersion;
    sums.total += (total - n * window.level) / window.value_sd / dispersion;
    sums.information += n / dispersion;
  }
}

/**
 * What the history behind a level is worth, as sums of a span in which everything came as expected: as much information
 * as the standard error stands for. Null where the level is exact. (Units matter to proportions and means alone.)
 */
export function historySegment(kind: SignalKind, window: Readonly<LevelFigures>): SegmentSums | null {
  const variance = window.standard_error * window.standard_error;
  if (!(variance > 0)) return null;
  if (kind === 'proportion') {
    const level = clampProportion(window.level);
    const units = (level * (1 - level)) / variance;
    return { units, total: units * level, expected: units * level, information: units * level * (1 - level) };
  }
  const information = (kind === 'rate' ? window.level * window.level : window.value_sd * window.value_sd) / variance;
  const total = kind === 'rate' ? information : 0;
  return { units: information, total, expected: total, information };
}

/**
 * Log-likelihood ratio, maximised over the shift, of sums whose level is shifted by one and the same amount against the
 * baseline:
 *
 * | kind | ratio |
 * | --- | --- |
 * | proportion | K ln(K/E) + (N - K) ln((N - K)/(N - E)) |
 * | rate | K ln(K/E) - K + E |
 * | mean | S^2 / (2 N) |
 *
 * Exact where the level is the same in all windows; for rates and means also where it is not. For proportions whose
 * level moves with the hours it is that of the mean level.
 */
export function segmentRatio(kind: SignalKind, units: number, total: number, expected: number): number {
  if (!(units > 0 && (kind !== 'rate' || expected > 0))) return 0;
  if (kind === 'mean') return (total * total) / (2 * units);
  const events = total > 0 ? total * Math.log(total / expected) : 0;
  if (kind === 'rate') return Math.max(0, events - total + expected);
  const failures = units - total;
  return Math.max(0, events + (failures > 0 ? failures * Math.log(failures / (units - expected)) : 0));
}
