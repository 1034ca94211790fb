import type { Statistics } from '../../contracts/observation.js';
import { VALUE_SD_MIN } from './pearson-residual.js';

/** Largest bet, also taken where the history shows no spread at all; beyond it at most a tenth would be gained. */
const BET_MAX = 0.9;

/** Above this ratio of shift to variance (see below) the bounded form gives away over a third of the evidence. */
const BOUNDED_RATIO_MAX = 1;

export interface MeanNull {
  /** Mean under the null: values average at most this (shift > 0) or at least this (shift < 0). */
  readonly level: number;
  /** Standard deviation of one value, from history. */
  readonly value_sd: number;
  /** Largest value; values start at 0. Null where it is not known: the downward bounded form then gives no evidence. */
  readonly upper: number | null;
}

/**
 * Log of an e-value for a mean of values in [0, upper] against a shift by `shift` standard deviations, from sums alone.
 *
 * With y = (x - m) / s >= -1, s = m (up) or y = (m - x) / s, s = upper - m (down), S1 = sum y, S2 = sum y^2:
 *
 *     lam S1 - psi(lam) S2,   psi(lam) = -ln(1 - lam) - lam,   0 < lam < 1
 *
 * exp of it has mean <= 1 whenever the mean is on the null side, for any distribution (Fan, Grama, Liu 2015; Howard et
 * al. 2021). lam is the bet that grows fastest at the shift d: lam = R / (1 + R), R = E y / E y^2 =
 * (d sd / s) / ((1 + d^2) sd^2 / s^2), at most BET_MAX. Sums are centred on m before they are used: squares of raw
 * values would cancel.
 */
export function boundedMeanLogRatio(statistics: Readonly<Statistics>, mean: MeanNull, shift: number): number {
  const scale = boundScale(mean, shift);
  if (!(scale > VALUE_SD_MIN)) return 0;
  const { towards, squares } = centredSums(statistics, mean.level, shift);
  const ratio = betRatio(mean, shift, scale);
  const bet = mean.value_sd > VALUE_SD_MIN ? Math.min(BET_MAX, ratio / (1 + ratio)) : BET_MAX;
  const cost = -Math.log1p(-bet) - bet;
  return (bet * towards) / scale - (cost * squares) / (scale * scale) + 0;
}

/**
 * The companion for means whose bound lies far off (durations up to hours that average a minute), where the bounded
 * form gives most of the evidence away. With lam = d / sd:
 *
 *     lam S1 - lam^2 (S2 + 2 n sd^2) / 6
 *
 * exp of it has mean <= 1 for values of variance <= sd^2 about m, whatever their distribution (Delyon 2009): it leans
 * on the history's spread, and in return grows as fast as a Gaussian likelihood ratio. Where the bounded form is good
 * enough (R <= BOUNDED_RATIO_MAX), or the history has no spread, it is the bounded form, which leans on nothing.
 */
export function spreadMeanLogRatio(statistics: Readonly<Statistics>, mean: MeanNull, shift: number): number {
  const scale = boundScale(mean, shift);
  if (!(mean.value_sd > VALUE_SD_MIN) || (scale > VALUE_SD_MIN && betRatio(mean, shift, scale) <= BOUNDED_RATIO_MAX)) {
    return boundedMeanLogRatio(statistics, mean, shift);
  }
  const { towards, squares } = centredSums(statistics, mean.level, shift);
  const bet = Math.abs(shift) / mean.value_sd;
  return bet * towards - (bet * bet * squares + 2 * statistics.n * shift * shift) / 6;
}

/** Distance from the null mean to the bound that the values cannot pass on the other side. */
function boundScale(mean: MeanNull, shift: number): number {
  if (shift > 0) return mean.level;
  return mean.upper === null ? 0 : mean.upper - mean.level;
}

function betRatio(mean: MeanNull, shift: number, scale: number): number {
  return (Math.abs(shift) * scale) / ((1 + shift * shift) * mean.value_sd);
}

/** Sum of deviations from `level` towards the shift, and sum of their squares. */
function centredSums(statistics: Readonly<Statistics>, level: number, shift: number) {
  const { n, total, total_squares } = statistics;
  const average = total / n;
  const within = Math.max(0, total_squares - total * average);
  const deviation = average - level;
  return { towards: (shift > 0 ? n : -n) * deviation, squares: within + n * deviation * deviation };
}
