import type { ValuesComparison } from '../../contracts/comparison.js';
import { countedQuantile, earthMoved, total } from '../stats/value-distance.js';

/** Random divisions of the pooled values: chances are told down to one in a thousand. */
const PERMUTATIONS = 999;
/** Draws at most; large bodies of data are divided less often, and chances told as far down as that allows. */
const DRAWS_MAX = 50_000_000;
const PERMUTATIONS_MIN = 99;
const SIZE_MIN = 20;

/**
 * Wasserstein-1 distance: how far apart two distributions lie, in the unit of the values (seconds, say).
 *
 * **Formula.** W = the area between the two distribution functions; from samples or from histograms that were added up
 * (then to the width of a bin). **Null scale** by permutation: the pooled values are divided at random into sides of the
 * same sizes, R times, and the chance is (1 + how often W came out as large) / (R + 1), R = 999, fewer above 50,000
 * values (at least 99). The random source comes in by parameter.
 *
 * **Effect** W over the interquartile range of the first side: 1 is as far as the middle half of the first is wide; null
 * where that range is 0.
 *
 * **Usable** from twenty values a side on. An empty side gives statistic 0 and chance 1.
 *
 * **Cost** O(R (n + m)).
 *
 * References: Vallender (1974); permutation tests: Phipson and Smyth (2010).
 */
export const wasserstein: ValuesComparison = {
  name: 'wasserstein',
  summary: 'distributions on a scale, by how far one must be moved to become the other, in its unit',
  of: 'values',
  compare({ values, first, second }, uniform) {
    const n = total(first);
    const m = total(second);
    const is_small = Math.min(n, m) < SIZE_MIN;
    const both = first.map((count, bin) => count + second[bin]);
    const distance = n === 0 || m === 0 ? 0 : earthMoved(values, both, first, n, m);
    const range = countedQuantile(values, first, 0.75) - countedQuantile(values, first, 0.25);
    return {
      comparison: 'wasserstein',
      statistic: distance,
      p_value: distance === 0 ? 1 : permutationChance({ values, both, n, m, distance, uniform }),
      effect: range > 0 ? distance / range : null,
      effect_unit: 'interquartile ranges',
      sizes: { first: n, second: m },
      is_usable: !is_small,
      reason: is_small ? `a side has fewer than ${SIZE_MIN} values` : null,
    };
  },
};

interface Permuted {
  readonly values: readonly number[];
  readonly both: readonly number[];
  readonly n: number;
  readonly m: number;
  readonly distance: number;
  readonly uniform: () => number;
}

function permutationChance({ values, both, n, m, distance, uniform }: Permuted): number {
  const permutations = Math.max(PERMUTATIONS_MIN, Math.min(PERMUTATIONS, Math.floor(DRAWS_MAX / (n + m))));
  const drawn = new Float64Array(both.length);
  // Two divisions that are alike may part in the last digits of their sums.
  const limit = distance * (1 - 1e-12);
  let asFar = 0;
  for (let round = 0; round < permutations; round++) {
    divide(both, n, n + m, drawn, uniform);
    if (earthMoved(values, both, drawn, n, m) >= limit) asFar++;
  }
  return (1 + asFar) / (permutations + 1);
}

/** Draws which of the pooled values are of the first side: each division into sides of these sizes is as likely. */
function divide(both: readonly number[], n: number, size: number, drawn: Float64Array, uniform: () => number): void {
  let wanted = n;
  let left = size;
  for (let bin = 0; bin < both.length; bin++) {
    let taken = 0;
    for (let one = 0; one < both[bin]; one++, left--) {
      if (uniform() * left < wanted) {
        taken++;
        wanted--;
      }
    }
    drawn[bin] = taken;
  }
}
