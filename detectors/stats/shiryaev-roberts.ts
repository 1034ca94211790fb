/** Above this all masses are brought down together: shares stay as they are, and the evidence stays finite. */
const MASS_MAX = Math.exp(600);

/** No mass falls below this: a single window of many calls may speak that plainly against a shift. */
const MASS_MIN = 1e-300;

/** Evidence grows by this factor at most in one window, e^100, which is beyond any threshold. */
const LOG_GROWTH_MAX = 100;

/**
 * A mixture Shiryaev-Roberts e-detector (Shin, Ramdas, Rinaldo 2024): per alternative i, the total likelihood ratio
 * over every possible start of the change,
 *
 *     M_i <- (M_i + m_t) exp(l_t(i)),   E = sum w_i M_i
 *
 * with m_t the units of the window. Under the null E minus the units seen is a martingale, so a false alarm at E >= c
 * comes after c units or more on average, whatever the sizes of windows and the levels expected of them.
 *
 * Instead of the sums A_i = sum m T exp(..) and B_i = sum m T^2 exp(..) the state holds mean and variance of the start
 * under each alternative (A_i / M_i and B_i / M_i - mean^2), which do not cancel however long the stream runs. Masses
 * are kept as they are and not as logarithms: a window then costs one exponential per alternative.
 */
export interface ShiryaevRoberts {
  /** Units seen. */
  units: number;
  readonly weights: number[];
  readonly masses: number[];
  /** Mean and variance of the units before the change, per alternative. */
  readonly change_means: number[];
  readonly change_variances: number[];
}

/** Weights are >= 0 and sum to 1. */
export function initShiryaevRoberts(weights: readonly number[]): ShiryaevRoberts {
  return {
    units: 0,
    weights: [...weights],
    masses: weights.map(() => 0),
    change_means: weights.map(() => 0),
    change_variances: weights.map(() => 0),
  };
}

/**
 * Puts masses on the alternatives before the first window, as if that much had gathered for a change at the very start;
 * together, weighed, at most `units_max`. E less the units seen then begins at what was given instead of at 0, so that a
 * false alarm at E >= c + given comes after c units or more on average.
 *
 * @returns the units given
 */
export function giveHeadStart(state: ShiryaevRoberts, masses: readonly number[], units_max: number): number {
  let wanted = 0;
  for (let i = 0; i < masses.length; i++) wanted += state.weights[i] * masses[i];
  const share = Math.min(1, units_max / wanted);
  if (!(wanted > 0 && share > 0)) return 0;
  for (let i = 0; i < masses.length; i++) state.masses[i] = masses[i] * share;
  return wanted * share;
}

/** Takes one window in, in place: `logRatios[i]` is l_t(i), `units` > 0 the start mass. O(alternatives). */
export function advanceShiryaevRoberts(state: ShiryaevRoberts, logRatios: Float64Array, units: number): void {
  const { masses, change_means, change_variances } = state;
  let steepest = LOG_GROWTH_MAX;
  for (let i = 0; i < masses.length; i++) if (logRatios[i] > steepest) steepest = logRatios[i];
  const excess = steepest - LOG_GROWTH_MAX;
  let largest = 0;
  for (let i = 0; i < masses.length; i++) {
    const started = masses[i] + units;
    // The share of the new start in it moves mean and variance of the start.
    const share = units / started;
    const gap = state.units - change_means[i];
    const move = share * gap;
    change_means[i] += move;
    change_variances[i] = (1 - share) * (change_variances[i] + move * gap);
    const mass = started * Math.exp(logRatios[i] - excess);
    masses[i] = Math.max(MASS_MIN, mass);
    if (mass > largest) largest = mass;
  }
  state.units += units;
  if (largest > MASS_MAX) {
    for (let i = 0; i < masses.length; i++) masses[i] = Math.max(MASS_MIN, (masses[i] / largest) * MASS_MAX);
  }
}

/** ln E. Before any window: 0. */
export function logEvidence({ units, weights, masses }: ShiryaevRoberts): number {
  if (units === 0) return 0;
  let sum = 0;
  for (let i = 0; i < masses.length; i++) sum += weights[i] * masses[i];
  return Math.log(sum);
}

/** Each alternative's share of E; before any window, the weights. */
export function evidenceShares({ units, weights, masses }: ShiryaevRoberts): number[] {
  if (units === 0) return [...weights];
  let sum = 0;
  for (let i = 0; i < masses.length; i++) sum += weights[i] * masses[i];
  return weights.map((weight, i) => (weight * masses[i]) / sum);
}

/** Mean and standard deviation of the units before the change, over all alternatives with these shares. */
export function changePosterior(
  state: ShiryaevRoberts,
  shares: readonly number[],
): { readonly units: number; readonly sd: number } {
  let units = 0;
  for (let i = 0; i < shares.length; i++) units += shares[i] * state.change_means[i];
  let variance = 0;
  for (let i = 0; i < shares.length; i++) {
    const gap = state.change_means[i] - units;
    variance += shares[i] * (state.change_variances[i] + gap * gap);
  }
  return { units, sd: Math.sqrt(variance) };
}
