/** Log mass of an alternative that nothing has been put on yet; finite, so that the state has a JSON form. */
const LOG_NOTHING = -1e300;

/** Above this, all masses are brought down together: shares stay as they are, and the evidence stays finite. */
const LOG_MASS_MAX = 600;

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
 * under each alternative (A_i / M_i and B_i / M_i - mean^2), which do not cancel however long the stream runs.
 */
export interface ShiryaevRoberts {
  /** Units seen. */
  units: number;
  readonly log_weights: number[];
  readonly log_masses: number[];
  /** Mean and variance of the units before the change, per alternative. */
  readonly change_means: number[];
  readonly change_variances: number[];
}

/** Weights are >= 0 and sum to 1. */
export function initShiryaevRoberts(weights: readonly number[]): ShiryaevRoberts {
  return {
    units: 0,
    log_weights: weights.map((weight) => (weight > 0 ? Math.log(weight) : LOG_NOTHING)),
    log_masses: weights.map(() => LOG_NOTHING),
    change_means: weights.map(() => 0),
    change_variances: weights.map(() => 0),
  };
}

/** Takes one window in, in place: `logRatios[i]` is l_t(i), `units` > 0 the start mass. O(alternatives). */
export function advanceShiryaevRoberts(state: ShiryaevRoberts, logRatios: readonly number[], units: number): void {
  const { log_masses, change_means, change_variances } = state;
  const logUnits = Math.log(units);
  let largest = LOG_NOTHING;
  for (let i = 0; i < log_masses.length; i++) {
    const old = log_masses[i];
    // ln(M + m), and the share of the new start in it, from one exponential.
    const small = Math.exp(-Math.abs(old - logUnits));
    const share = (old >= logUnits ? small : 1) / (1 + small);
    const gap = state.units - change_means[i];
    change_means[i] += share * gap;
    change_variances[i] = (1 - share) * (change_variances[i] + share * gap * gap);
    const mass = Math.max(old, logUnits) + Math.log(1 + small) + logRatios[i];
    log_masses[i] = mass;
    if (mass > largest) largest = mass;
  }
  state.units += units;
  if (largest > LOG_MASS_MAX) {
    for (let i = 0; i < log_masses.length; i++) log_masses[i] -= largest - LOG_MASS_MAX;
  }
}

/** ln E, with each alternative's share of E written to `shares`. Before any window: 0, and the weights. */
export function weighShiryaevRoberts(state: ShiryaevRoberts, shares: number[]): number {
  const { log_weights, log_masses } = state;
  if (state.units === 0) {
    for (let i = 0; i < log_weights.length; i++) shares[i] = Math.exp(log_weights[i]);
    return 0;
  }
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < log_masses.length; i++) largest = Math.max(largest, log_weights[i] + log_masses[i]);
  let sum = 0;
  for (let i = 0; i < log_masses.length; i++) {
    shares[i] = Math.exp(log_weights[i] + log_masses[i] - largest);
    sum += shares[i];
  }
  for (let i = 0; i < log_masses.length; i++) shares[i] /= sum;
  return largest + Math.log(sum);
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
