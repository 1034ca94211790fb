import type { CountsComparison } from '../../contracts/comparison.js';
import { chiSquareTail } from '../stats/chi-square-tail.js';
import { countTable, tableShortage } from '../stats/count-table.js';

/**
 * Jensen-Shannon divergence of two mixes, as the G-test that it is.
 *
 * **Compares** shares of bins or categories; bins that one side lacks do no harm.
 *
 * **Formula.** JS = n/(n+m) KL(p, r) + m/(n+m) KL(q, r), r the shares of both together; G = 2 (n + m) JS. **Null scale**
 * chi-square with bins less one degrees of freedom.
 *
 * **Effect** JS in nats: from 0 to at most ln 2, which two sides of equal size with nothing in common reach.
 *
 * **Usable** as `chi-square`. An empty side, or a single bin, gives statistic 0 and chance 1.
 *
 * References: Lin (1991), IEEE-IT 37; Sokal and Rohlf, Biometry (the G-test).
 */
export const jensenShannon: CountsComparison = {
  name: 'jensen-shannon',
  summary: 'shares of bins, by the divergence that the G-test is made of',
  of: 'counts',
  compare(compared) {
    const table = countTable(compared);
    const { first, second, first_total, second_total, degrees } = table;
    const size = first_total + second_total;
    let statistic = 0;
    if (first_total > 0 && second_total > 0) {
      for (let bin = 0; bin < first.length; bin++) {
        const share = (first[bin] + second[bin]) / size;
        statistic += term(first[bin], first_total * share) + term(second[bin], second_total * share);
      }
    }
    // Equal shares may come to -1e-15.
    statistic = Math.max(0, 2 * statistic);
    const reason = tableShortage(table);
    return {
      comparison: 'jensen-shannon',
      statistic,
      p_value: chiSquareTail(statistic, degrees),
      effect: size === 0 ? null : statistic / (2 * size),
      effect_unit: 'nats',
      sizes: { first: first_total, second: second_total },
      is_usable: reason === null,
      reason,
    };
  },
};

function term(observed: number, expected: number): number {
  return observed === 0 ? 0 : observed * Math.log(observed / expected);
}
