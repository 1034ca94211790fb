import type { DetectionWindow, ExpectedLevel } from '../../contracts/detector.js';
import type { Statistics } from '../../contracts/observation.js';
import type { SignalKind } from '../../contracts/signal.js';
import { bernoulliLogRatio, clampProportion, PROPORTION_MIN } from './bernoulli-log-ratio.js';
import { expit, logit } from './logit.js';
import { boundedMeanLogRatio, meanLogRatios, spreadMeanLogRatio } from './mean-log-ratio.js';
import { VALUE_SD_MIN } from './pearson-residual.js';
import { poissonLogRatio } from './poisson-log-ratio.js';

const MS_PER_MINUTE = 60_000;

/** A window's statistics beside what is expected of them, flat: what a level detector keeps of a window. */
export interface LevelFigures extends Statistics {
  level: number;
  standard_error: number;
  value_sd: number;
  dispersion: number;
}

/** How evidence about a mean is formed: see `mean-log-ratio.ts`. Proportions and rates have one form. */
export type MeanForm = 'bounded' | 'spread';

export function emptyFigures(): LevelFigures {
  return {
    n: 0,
    total: 0,
    exposure_ms: 0,
    total_squares: 0,
    level: 0,
    standard_error: 0,
    value_sd: 0,
    dispersion: 1,
  };
}

/** Copies a window into `into`, in place; dispersion is held at 1 or more, a vanishing spread taken as none. */
export function readFigures(into: LevelFigures, window: DetectionWindow): void {
  into.n = window.n;
  into.total = window.total;
  into.exposure_ms = window.exposure_ms;
  into.total_squares = window.total_squares;
  into.level = window.expected.level;
  into.standard_error = window.expected.standard_error;
  into.value_sd = window.expected.value_sd > VALUE_SD_MIN ? window.expected.value_sd : 0;
  into.dispersion = Math.max(1, window.expected.dispersion);
}

/** Whether a window says anything: it has units, and every figure is finite. */
export function isUsable(statistics: Readonly<Statistics>, expected: ExpectedLevel): boolean {
  return (
    statistics.n > 0 &&
    Number.isFinite(statistics.n + statistics.total + statistics.exposure_ms + statistics.total_squares) &&
    Number.isFinite(expected.level + expected.standard_error + expected.value_sd + expected.dispersion)
  );
}

/**
 * Log evidence of a window for a level shifted from `nullLevel`, divided by the dispersion: variance that calls share
 * must not pass for evidence. `shift` in log odds, log rate, or standard deviations of a value, not 0; `growth` is e^shift
 * - 1; `upper` the largest value of a mean, null where it is not known.
 */
export function levelLogRatio(
  kind: SignalKind,
  figures: Readonly<LevelFigures>,
  nullLevel: number,
  shift: number,
  growth: number,
  form: MeanForm,
  upper: number | null,
): number {
  if (kind === 'proportion') {
    return bernoulliLogRatio(figures.total, figures.n, nullLevel, shift, growth) / figures.dispersion;
  }
  if (kind === 'rate') {
    const expected = expectedEvents(figures, nullLevel, shift);
    return poissonLogRatio(figures.total, expected, shift, growth) / figures.dispersion;
  }
  const ratio = form === 'bounded' ? boundedMeanLogRatio : spreadMeanLogRatio;
  return ratio(figures, { level: nullLevel, value_sd: figures.value_sd, upper }, shift) / figures.dispersion;
}

/**
 * The same for every shift of a mixture, into `into`: upward ones from a null level of `high`, downward ones from `low`. For
 * means all shifts stand there twice, for the bounded form and then for the other.
 */
export function levelLogRatios(
  into: Float64Array,
  kind: SignalKind,
  figures: Readonly<LevelFigures>,
  { low, high, upper }: { readonly low: number; readonly high: number; readonly upper: number | null },
  shifts: readonly number[],
  growths: readonly number[],
): void {
  const { value_sd, dispersion } = figures;
  if (kind === 'mean') {
    meanLogRatios(into, figures, { low, high, value_sd, upper }, shifts, shifts.length / 2);
    for (let i = 0; i < shifts.length; i++) into[i] /= dispersion;
    return;
  }
  for (let i = 0; i < shifts.length; i++) {
    const shift = shifts[i];
    into[i] = levelLogRatio(kind, figures, shift > 0 ? high : low, shift, growths[i], 'bounded', upper);
  }
}

/**
 * Log evidence that one unit of a window like this one gives on average when the level has shifted from `nullLevel` by
 * the alternative: the log ratios are linear in the sums, so it is that of the sums to be expected then. <= 0 where the
 * alternative cannot be told.
 */
export function levelGrowth(
  kind: SignalKind,
  figures: Readonly<LevelFigures>,
  nullLevel: number,
  shift: number,
  growth: number,
  form: MeanForm,
  upper: number | null,
): number {
  const { n, exposure_ms, value_sd } = figures;
  const shifted = { ...figures };
  if (kind === 'mean') {
    const level = nullLevel + shift * value_sd;
    shifted.total = n * level;
    shifted.total_squares = n * (level * level + value_sd * value_sd);
  } else if (kind === 'rate') {
    shifted.total = (nullLevel * (1 + growth) * exposure_ms) / MS_PER_MINUTE;
  } else {
    shifted.total = n * expit(logit(clampProportion(nullLevel)) + shift);
  }
  return levelLogRatio(kind, shifted, nullLevel, shift, growth, form, upper) / n;
}

/**
 * Log-likelihood ratio by which a window is judged to lie on the shifted side of `nullLevel` or not. For means this is
 * the Gaussian one, whose sign is that of "past half the shift" however far the values have gone.
 */
export function levelSideRatio(
  kind: SignalKind,
  figures: Readonly<LevelFigures>,
  nullLevel: number,
  shift: number,
): number {
  if (kind !== 'mean') return levelLogRatio(kind, figures, nullLevel, shift, Math.expm1(shift), 'bounded', null);
  const beyond = shift * (figures.total - figures.n * nullLevel);
  return figures.value_sd > 0 ? beyond / figures.value_sd - (figures.n * shift * shift) / 2 : beyond;
}

/** Distance between two levels on the scale of shifts: log odds, log rate, or standard deviations. */
export function levelDistance(kind: SignalKind, figures: Readonly<LevelFigures>, from: number, to: number): number {
  if (kind === 'proportion') return logit(clampProportion(to)) - logit(clampProportion(from));
  if (kind === 'rate') return from > 0 && to > 0 ? Math.log(to / from) : 0;
  return figures.value_sd > 0 ? (to - from) / figures.value_sd : 0;
}

/**
 * Events expected at a rate per minute. Upwards they are held at PROPORTION_MIN per unit, so that one event where none
 * was ever seen is not infinite evidence; downwards a rate of 0 gives none by itself.
 */
function expectedEvents(figures: Readonly<LevelFigures>, rate: number, shift: number): number {
  const events = (rate * figures.exposure_ms) / MS_PER_MINUTE;
  return shift > 0 ? Math.max(events, PROPORTION_MIN * figures.n) : Math.max(events, 0);
}
