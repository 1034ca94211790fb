import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

/** Interval of a level with a standard error, for display: level -+ quantile x standard error, cut at the bounds. */
export function normalInterval(
  level: number,
  standardError: number,
  confidence = 0.95,
  bounds: { readonly low: number; readonly high: number } = { low: 0, high: Number.POSITIVE_INFINITY },
): { readonly low: number; readonly high: number } {
  const half = normalQuantile((1 + confidence) / 2, 0, 1) * standardError;
  return { low: Math.max(bounds.low, level - half), high: Math.min(bounds.high, level + half) };
}
