/** Standard deviations that a distance is held at: without any spread at the least level it would have no end. */
const DISTANCE_MAX = 1e3;

/**
 * The least error level so far, and how far the level stands above it (DDM, Gama et al. 2004). Errors come one at a time
 * or many at once.
 */
export interface Ddm {
  trials: number;
  errors: number;
  /** Where level plus standard error was least: both of them, and what had come by then. */
  least: number;
  least_spread: number;
  least_trials: number;
  least_errors: number;
}

/** The least is not known yet: a level with its standard error is never above 2. */
const NOT_KNOWN = 2;

export function initDdm(): Ddm {
  return { trials: 0, errors: 0, least: NOT_KNOWN, least_spread: 0, least_trials: 0, least_errors: 0 };
}

/**
 * Adds trials, in place, and gives (p + s - p_min) / s_min, s = sqrt(p (1 - p) / n): 1 where the level stands at its
 * least; 0 while there are no more than `warmUp` trials.
 */
export function addToDdm(state: Ddm, trials: number, errors: number, warmUp: number): number {
  state.trials += trials;
  state.errors += errors;
  if (state.trials <= warmUp) return 0;
  const level = state.errors / state.trials;
  const spread = Math.sqrt(Math.max(0, level * (1 - level)) / state.trials);
  if (level + spread <= state.least + state.least_spread) {
    state.least = level;
    state.least_spread = spread;
    state.least_trials = state.trials;
    state.least_errors = state.errors;
  }
  const above = level + spread - state.least;
  if (!(above > 0)) return 0;
  return Math.min(DISTANCE_MAX, above / state.least_spread);
}
