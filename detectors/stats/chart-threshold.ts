import { cusumHeight } from './delay-limit.js';
import { overshootFactor } from './overshoot.js';

/**
 * Thresholds of charts from how far apart their false alarms are to lie. All are approximations for sums of many calls
 * with an exact baseline; none is a bound.
 */

/** Integral of x nu(x)^2 over x > 0, nu the overshoot factor. */
const RATIO_CONSTANT = 0.83665;

/** Below this a chart would fire on the first window that leans its way. */
const THRESHOLD_MIN = 0.5;

/**
 * Height in nats of a one-sided CUSUM of log-likelihood ratios that alarms falsely once in `unitsBetweenFalse` units.
 *
 *     e^h' - h' - 1 = g I_unit,   h = h' + 2 ln nu(sqrt(2 I_window))
 *
 * with I the divergence of null from alternative, in nats per unit and per window (Siegmund 1985). Within about 10 % of
 * the units asked for; low for rare events.
 */
export function cusumThreshold(unitsBetweenFalse: number, perUnit: number, perWindow: number): number {
  const height = cusumHeight(unitsBetweenFalse * perUnit) + 2 * Math.log(overshootFactor(Math.sqrt(2 * perWindow)));
  return Math.max(THRESHOLD_MIN, height);
}

/**
 * Threshold in nats of a two-sided generalised likelihood ratio over every start of a change (Siegmund and Venkatraman
 * 1995), for `windowsBetweenFalse` looks between false alarms:
 *
 *     g = sqrt(2 pi) e^h / (sqrt(2 h) integral x nu(x)^2 dx)
 */
export function ratioThreshold(windowsBetweenFalse: number): number {
  const scaled = (windowsBetweenFalse * RATIO_CONSTANT) / Math.sqrt(2 * Math.PI);
  return solveTail(scaled);
}

/** h with e^h / sqrt(2 h) = `scaled`, on the rising branch h >= 1/2. */
function solveTail(scaled: number): number {
  let height = Math.max(1, Math.log(Math.max(scaled, 1)));
  for (let round = 0; round < 12; round++) {
    height = Math.max(THRESHOLD_MIN, Math.log(Math.max(scaled, 1)) + Math.log(2 * height) / 2);
  }
  return height;
}
