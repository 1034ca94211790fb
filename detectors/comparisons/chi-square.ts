import type { CountsComparison } from '../../contracts/comparison.js';
import { chiSquareTail } from '../stats/chi-square-tail.js';
import { countTable, tableShortage } from '../stats/count-table.js';

/**
 * Chi-square test of homogeneity: whether two rows of counts are drawn from the same shares.
 *
 * **Compares** proportions (two bins), mixes, binned values.
 *
 * **Formula.** X2 = sum (observed - expected)^2 / expected over both rows, expected from the shares of both together;
 * without correction for continuity. **Null scale** chi-square with bins less one degrees of freedom.
 *
 * **Effect** Cramer's V = sqrt(X2 / (n + m)), from 0 (the same shares) to 1 (nothing in common).
 *
 * **Usable** when five or more are expected in four bins of five, and one in each (Cochran 1954). Bins in which neither
 * side has anything are left out. An empty side, or a single bin, gives statistic 0 and chance 1.
 *
 * References: Pearson (1900); Cochran (1954), Biometrics 10.
 */
export const chiSquare: CountsComparison = {
  name: 'chi-square',
  summary: 'shares of bins, by the test of homogeneity',
  of: 'counts',
  compare(compared) {
    const table = countTable(compared);
    const { first, second, first_total, second_total, degrees } = table;
    const size = first_total + second_total;
    let statistic = 0;
    if (first_total > 0 && second_total > 0) {
      for (let bin = 0; bin < first.length; bin++) {
        const both = first[bin] + second[bin];
        // Both rows miss the expected count by the same number, in opposite directions.
        const gap = first[bin] - (both * first_total) / size;
        statistic += (gap * gap * size) / both / first_total + (gap * gap * size) / both / second_total;
      }
    }
    const reason = tableShortage(table);
    return {
      comparison: 'chi-square',
      statistic,
      p_value: chiSquareTail(statistic, degrees),
      effect: size === 0 ? null : Math.sqrt(statistic / size),
      effect_unit: "Cramer's V",
      sizes: { first: first_total, second: second_total },
      is_usable: reason === null,
      reason,
    };
  },
};
