/** The largest distance between two distributions over the same rising values; 0 where one is empty. */
export function distributionGap(
  first: readonly number[],
  second: readonly number[],
): { readonly distance: number; readonly first_total: number; readonly second_total: number } {
  const first_total = total(first);
  const second_total = total(second);
  let distance = 0;
  let below = 0;
  let belowSecond = 0;
  for (let bin = 0; bin < first.length && first_total > 0 && second_total > 0; bin++) {
    below += first[bin];
    belowSecond += second[bin];
    distance = Math.max(distance, Math.abs(below / first_total - belowSecond / second_total));
  }
  return { distance, first_total, second_total };
}

/**
 * Wasserstein-1 distance: how far, on average, a unit of one distribution has to be moved to make the other; the area
 * between the two distribution functions, in the unit of `values` (rising). The second side has what `both` holds beside
 * `first`.
 */
export function earthMoved(
  values: readonly number[],
  both: readonly number[],
  first: ArrayLike<number>,
  first_total: number,
  second_total: number,
): number {
  let moved = 0;
  let below = 0;
  let belowBoth = 0;
  for (let bin = 0; bin + 1 < values.length; bin++) {
    below += first[bin];
    belowBoth += both[bin];
    moved += Math.abs(below / first_total - (belowBoth - below) / second_total) * (values[bin + 1] - values[bin]);
  }
  return moved;
}

/** The value below which `share` of the counts lie (the smallest with at least that share up to it). */
export function countedQuantile(values: readonly number[], counts: readonly number[], share: number): number {
  const wanted = share * total(counts);
  let below = 0;
  for (let bin = 0; bin < values.length; bin++) {
    below += counts[bin];
    if (below >= wanted && below > 0) return values[bin];
  }
  return Number.NaN;
}

export function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
