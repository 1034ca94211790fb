/**
 * The cut since which the mean of values in [0, 1] may have risen (HDDM_A, Frias-Blanco et al. 2015): of all prefixes the
 * one whose mean with its Hoeffding bound is least.
 */
export interface Hddm {
  count: number;
  sum: number;
  cut_count: number;
  cut_sum: number;
}

export function initHddm(): Hddm {
  return { count: 0, sum: 0, cut_count: 0, cut_sum: 0 };
}

/**
 * Adds values, in place, and gives the evidence in nats that their mean has risen since the cut: -ln of the least
 * confidence at which Hoeffding's bound would say so,
 *
 *     2 (mean of all - mean before the cut)^2 / m - ln 2,   m = 1 / n_cut - 1 / n
 *
 * `logConfidence` = ln(1 / confidence) > 0 sets the bound by which cuts are compared.
 */
export function addToHddm(state: Hddm, count: number, sum: number, logConfidence: number): number {
  state.count += count;
  state.sum += sum;
  const mean = state.sum / state.count;
  const bound = mean + Math.sqrt(logConfidence / (2 * state.count));
  const cut = state.cut_sum / state.cut_count;
  if (state.cut_count === 0 || cut + Math.sqrt(logConfidence / (2 * state.cut_count)) >= bound) {
    state.cut_count = state.count;
    state.cut_sum = state.sum;
    return 0;
  }
  const gap = mean - cut;
  if (!(gap > 0)) return 0;
  return Math.max(0, (2 * gap * gap) / (1 / state.cut_count - 1 / state.count) - Math.LN2);
}
