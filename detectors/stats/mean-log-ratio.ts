import type { Statistics } from '../../contracts/observation.js';
import { VALUE_SD_MIN } from './pearson-residual.js';

/** Largest bet, also taken where the history shows no spread at all; beyond it at most a tenth would be gained. */
const BET_MAX = 0.9;

const BET_MAX_COST = betCost(BET_MAX);

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

/** A window seen from one side of a null mean: what every shift towards that side has in common. */
interface MeanSide {
  readonly n: number;
  /** Sum of deviations from the null mean towards the shift, and sum of their squares. */
  readonly towards: number;
  readonly squares: number;
  /** Distance from the null mean to the bound that the values cannot pass on the other side; 0 where it is not known. */
  readonly scale: number;
  readonly value_sd: number;
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
  return boundedRatio(sideOf(statistics, mean, shift > 0), Math.abs(shift));
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
  const side = sideOf(statistics, mean, shift > 0);
  const size = Math.abs(shift);
  return isBoundedEnough(side, size) ? boundedRatio(side, size) : spreadRatio(side, size);
}

/**
 * Both forms for several shifts at once: `into[i]` is the bounded form of `shifts[i]` (not 0), `into[count + i]` its
 * companion, i < count. Upward shifts are held against a null mean of `high`, downward ones against `low`. The same figures as
 * one by one; what the shifts of a side share, and the bounded form where it is both, is worked out once.
 */
export function meanLogRatios(
  into: Float64Array,
  statistics: Readonly<Statistics>,
  {
    low,
    high,
    value_sd,
    upper,
  }: Pick<MeanNull, 'value_sd' | 'upper'> & { readonly low: number; readonly high: number },
  shifts: readonly number[],
  count: number,
): void {
  const up = sideOf(statistics, { level: high, value_sd, upper }, true);
  const down = sideOf(statistics, { level: low, value_sd, upper }, false);
  for (let i = 0; i < count; i++) {
    const side = shifts[i] > 0 ? up : down;
    const size = Math.abs(shifts[i]);
    const bounded = boundedRatio(side, size);
    into[i] = bounded;
    into[count + i] = isBoundedEnough(side, size) ? bounded : spreadRatio(side, size);
  }
}

function sideOf({ n, total, total_squares }: Readonly<Statistics>, mean: MeanNull, isUp: boolean): MeanSide {
  const { level, value_sd, upper } = mean;
  const average = total / n;
  const within = Math.max(0, total_squares - total * average);
  const deviation = average - level;
  const scale = isUp ? level : upper === null ? 0 : upper - level;
  return { n, towards: (isUp ? n : -n) * deviation, squares: within + n * deviation * deviation, scale, value_sd };
}

function boundedRatio(side: MeanSide, size: number): number {
  const { towards, squares, scale, value_sd } = side;
  if (!(scale > VALUE_SD_MIN)) return 0;
  const ratio = betRatio(side, size);
  const bet = value_sd > VALUE_SD_MIN ? Math.min(BET_MAX, ratio / (1 + ratio)) : BET_MAX;
  const cost = bet === BET_MAX ? BET_MAX_COST : betCost(bet);
  return (bet * towards) / scale - (cost * squares) / (scale * scale) + 0;
}

/** psi: what a bet costs for each square. */
function betCost(bet: number): number {
  return -Math.log1p(-bet) - bet;
}

function isBoundedEnough(side: MeanSide, size: number): boolean {
  if (!(side.value_sd > VALUE_SD_MIN)) return true;
  return side.scale > VALUE_SD_MIN && betRatio(side, size) <= BOUNDED_RATIO_MAX;
}

function spreadRatio({ n, towards, squares, value_sd }: MeanSide, size: number): number {
  const bet = size / value_sd;
  return bet * towards - (bet * bet * squares + 2 * n * size * size) / 6;
}

function betRatio({ scale, value_sd }: MeanSide, size: number): number {
  return (size * scale) / ((1 + size * size) * value_sd);
}
