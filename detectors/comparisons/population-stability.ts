import type { CountsComparison } from '../../contracts/comparison.js';
import { chiSquareTail } from '../stats/chi-square-tail.js';
import { countTable, tableShortage } from '../stats/count-table.js';

/** What every bin gets beforehand when one side has a bin that the other lacks: the index would be infinite. */
const EMPTY_BIN_COUNT = 0.5;

/**
 * Population stability index (PSI), held against its own scale instead of a rule of thumb.
 *
 * **Compares** shares of bins. The usual bounds 0.1 and 0.25 are blind to sizes: of two samples of 100 over ten bins that
 * are alike, most exceed 0.1; of two samples of 1,000, hardly any, however real a shift of that size may be.
 *
 * **Formula.** PSI = sum (p - q) ln(p / q). **Null scale** (1/n + 1/m) times chi-square with bins less one degrees of
 * freedom. Where one side lacks a bin, half a count is added to every bin of both sides.
 *
 * **Effect** the index itself, in nats.
 *
 * **Usable** as `chi-square`. An empty side, or a single bin, gives statistic 0 and chance 1.
 *
 * References: Yurdakul and Naranjo (2020), Journal of Risk Model Validation 14.
 */
export const populationStability: CountsComparison = {
  name: 'population-stability',
  summary: 'shares of bins, by the population stability index (PSI) on its own scale',
  of: 'counts',
  compare(compared) {
    const table = countTable(compared);
    const { first, second, first_total, second_total, degrees } = table;
    const bins = first.length;
    const added = first.some((count) => count === 0) || second.some((count) => count === 0) ? EMPTY_BIN_COUNT : 0;
    let statistic = 0;
    if (first_total > 0 && second_total > 0) {
      for (let bin = 0; bin < bins; bin++) {
        const p = (first[bin] + added) / (first_total + bins * added);
        const q = (second[bin] + added) / (second_total + bins * added);
        statistic += (p - q) * Math.log(p / q);
      }
    }
    const reason = tableShortage(table);
    const scale = 1 / first_total + 1 / second_total;
    return {
      comparison: 'population-stability',
      statistic,
      p_value: chiSquareTail(statistic / scale, degrees),
      effect: statistic,
      effect_unit: 'nats',
      sizes: { first: first_total, second: second_total },
      is_usable: reason === null,
      reason,
    };
  },
};
