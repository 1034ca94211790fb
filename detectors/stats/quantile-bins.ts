import type { ComparedCounts, ComparedValues } from '../../contracts/comparison.js';
import { total } from './value-distance.js';

/**
 * Coarser bins of about equal share of both sides together, at most `bins_max`; values that occur often stay whole. The
 * edges come from both sides pooled, so they favour neither, and the null scales of the comparisons hold.
 */
export function quantileBins({ values, first, second }: ComparedValues, bins_max: number): ComparedCounts {
  const size = total(first) + total(second);
  const binned = { first: [] as number[], second: [] as number[] };
  let [inFirst, inSecond, below] = [0, 0, 0];
  for (let at = 0; at < values.length; at++) {
    inFirst += first[at];
    inSecond += second[at];
    below += first[at] + second[at];
    const wanted = ((binned.first.length + 1) * size) / bins_max;
    if (inFirst + inSecond > 0 && (below >= wanted || at === values.length - 1)) {
      binned.first.push(inFirst);
      binned.second.push(inSecond);
      inFirst = 0;
      inSecond = 0;
    }
  }
  return binned;
}
