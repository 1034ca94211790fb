import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

/**
 * Interval of a proportion for display (Wilson 1927): never leaves [0, 1], sound for few cases. `dispersion` (>= 1) is
 * the variance over that of independent trials: the trials count as trials / dispersion. No trials: [0, 1].
 */
export function wilsonInterval(
  successes: number,
  trials: number,
  confidence = 0.95,
  dispersion = 1,
): { readonly low: number; readonly high: number } {
  if (!(trials > 0)) return { low: 0, high: 1 };
  const p = successes / trials;
  const n = trials / Math.max(1, dispersion);
  const z = normalQuantile((1 + confidence) / 2, 0, 1);
  const shrink = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / shrink;
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / shrink;
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === trials ? 1 : Math.min(1, centre + half),
  };
}
