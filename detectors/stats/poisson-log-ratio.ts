/**
 * Log-likelihood ratio of `events` between a Poisson mean of `expected` e^d and one of `expected` (d: shift in log
 * rate):
 *
 *     c d - mu (e^d - 1),   mu = rate x exposure >= 0
 *
 * `shiftGrowth` is e^d - 1, for callers that use the same shift again and again.
 */
export function poissonLogRatio(
  events: number,
  expected: number,
  shift: number,
  shiftGrowth: number = Math.expm1(shift),
): number {
  return events * shift - expected * shiftGrowth + 0;
}
