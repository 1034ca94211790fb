import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

/** Correlations nearer to -1 or 1 than this are taken as this, so that their Fisher z stays finite. */
export const CORRELATION_MAX = 0.995;

/** Fisher's z of a correlation: atanh r, with |r| held at CORRELATION_MAX. */
export function fisherZ(correlation: number): number {
  return Math.atanh(Math.min(CORRELATION_MAX, Math.max(-CORRELATION_MAX, correlation)));
}

/**
 * Interval of a sample correlation by Fisher's z: tanh(atanh r -+ quantile / sqrt(pairs - 3)), Fisher (1921).
 * Fewer than 4 pairs say nothing: the interval is [-1, 1].
 */
export function fisherInterval(
  correlation: number,
  pairs: number,
  confidence = 0.95,
): { readonly low: number; readonly high: number } {
  if (!(pairs > 3)) return { low: -1, high: 1 };
  const half = normalQuantile((1 + confidence) / 2, 0, 1) / Math.sqrt(pairs - 3);
  const z = fisherZ(correlation);
  return { low: Math.tanh(z - half), high: Math.tanh(z + half) };
}
