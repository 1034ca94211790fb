import type { ValuesComparison } from '../../contracts/comparison.js';
import { kolmogorovTail, smirnovTail } from '../stats/kolmogorov-smirnov.js';
import { distributionGap } from '../stats/value-distance.js';

/** Steps of the exact count of paths; beyond, the limit of large samples is good to a part in a hundred. */
const EXACT_STEPS_MAX = 1_000_000;
/** Below this neither side says much. */
const SIZE_MIN = 5;

/**
 * Two-sample test of Kolmogorov and Smirnov: any difference of two distributions on a scale.
 *
 * **Formula.** D = the largest distance between the two distribution functions. **Null scale** exact (lattice paths) up
 * to n m = 1e6, beyond it Kolmogorov's limit at D sqrt(n m / (n + m)). Values that occur more than once make the chance
 * too large, never too small. It sees the middle of a distribution better than its ends.
 *
 * **Effect** D: the share of entities by which the two differ at most, on one side of some value.
 *
 * **Usable** from five values a side on. An empty side gives statistic 0 and chance 1.
 *
 * References: Smirnov (1939); Hodges (1957).
 */
export const kolmogorovSmirnov: ValuesComparison = {
  name: 'kolmogorov-smirnov',
  summary: 'distributions on a scale, by the largest distance between them',
  of: 'values',
  compare({ first, second }) {
    const { distance, first_total: n, second_total: m } = distributionGap(first, second);
    const is_small = Math.min(n, m) < SIZE_MIN;
    const chance =
      n * m <= EXACT_STEPS_MAX ? smirnovTail(n, m, distance) : kolmogorovTail(distance * Math.sqrt((n * m) / (n + m)));
    return {
      comparison: 'kolmogorov-smirnov',
      statistic: distance,
      p_value: distance === 0 ? 1 : chance,
      effect: distance,
      effect_unit: 'share',
      sizes: { first: n, second: m },
      is_usable: !is_small,
      reason: is_small ? `a side has fewer than ${SIZE_MIN} values` : null,
    };
  },
};
