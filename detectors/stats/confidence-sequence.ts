import gammaln from '@stdlib/math-base-special-gammaln';
import type { SignalKind } from '../../contracts/signal.js';

export interface LevelInterval {
  readonly low: number;
  readonly high: number;
}

/** Units whose spread the mixture of a mean takes shifts to have: about 0.35 standard deviations. */
const PRIOR_UNITS = 8;

/** Halvings of an end of an interval: exact to the last digit that is shown. */
const ROUNDS = 60;

/**
 * Confidence sequence of a proportion: all p that the uniform mixture of likelihoods (Robbins 1970) does not rule out,
 *
 *     ln B(1 + k, 1 + n - k) - k ln p - (n - k) ln(1 - p) < ln(1 / alpha)
 *
 * Unlike an interval for one sample size it may be looked at after every window: the chance that it ever leaves the true
 * level out is at most `alpha`. Counts need not be whole (they may have been divided by a dispersion).
 */
export function proportionSequence(successes: number, trials: number, alpha: number): LevelInterval {
  if (!(trials > 0)) return { low: 0, high: 1 };
  const failures = trials - successes;
  const limit = Math.log(1 / alpha) - (gammaln(successes + 1) + gammaln(failures + 1) - gammaln(trials + 2));
  const cost = (p: number) => -times(successes, Math.log(p)) - times(failures, Math.log1p(-p));
  return ends(cost, successes / trials, 0, 1, limit);
}

/**
 * Confidence sequence of a rate relative to what is expected: all factors r that a gamma mixture (mean 1, variance 1)
 * does not rule out, for `events` where `expected` came at the baseline's rate:
 *
 *     ln G(k + 1) - (k + 1) ln(E + 1) - k ln r + r E < ln(1 / alpha)
 */
export function rateSequence(events: number, expected: number, alpha: number): LevelInterval {
  if (!(expected > 0)) return { low: 0, high: Number.MAX_VALUE };
  const limit = Math.log(1 / alpha) - (gammaln(events + 1) - (events + 1) * Math.log1p(expected));
  const cost = (factor: number) => factor * expected - times(events, Math.log(factor));
  const factor = events / expected;
  let high = 2 * factor + 1 / expected;
  while (cost(high) < limit) high *= 2;
  return ends(cost, factor, 0, high, limit);
}

/**
 * Confidence sequence of a mean in standard deviations from what is expected, for `units` values that deviate by `total`
 * in all, by a normal mixture of shifts of variance 1 / m (Robbins 1970), m = `PRIOR_UNITS`:
 *
 *     S / n -+ sqrt((n + m) ln((n + m) / (m alpha^2))) / n
 */
export function meanSequence(total: number, units: number, alpha: number): LevelInterval {
  if (!(units > 0)) return { low: -Number.MAX_VALUE, high: Number.MAX_VALUE };
  const all = units + PRIOR_UNITS;
  const half = Math.sqrt(all * Math.log(all / (PRIOR_UNITS * alpha * alpha))) / units;
  return { low: total / units - half, high: total / units + half };
}

/** The sequence that fits the kind; `expected` matters to rates alone. */
export function levelSequence(
  kind: SignalKind,
  units: number,
  total: number,
  expected: number,
  alpha: number,
): LevelInterval {
  if (kind === 'proportion') return proportionSequence(total, units, alpha);
  return kind === 'rate' ? rateSequence(total, expected, alpha) : meanSequence(total, units, alpha);
}

/** 0 ln 0 is 0. */
function times(count: number, logarithm: number): number {
  return count > 0 ? count * logarithm : 0;
}

/** Where a convex cost with its least at `middle` passes the limit, on either side, within [least, most]. */
function ends(
  cost: (value: number) => number,
  middle: number,
  least: number,
  most: number,
  limit: number,
): LevelInterval {
  const passed = (outside: number) => {
    let inside = middle;
    let beyond = outside;
    if (cost(beyond) < limit) return beyond;
    for (let round = 0; round < ROUNDS; round++) {
      const value = (inside + beyond) / 2;
      if (cost(value) < limit) inside = value;
      else beyond = value;
    }
    return inside;
  };
  return { low: passed(least), high: passed(most) };
}
