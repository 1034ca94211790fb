/**
 * Proportions nearer to 0 or 1 than this are taken as this: fewer than one case in ten thousand calls is not resolved.
 */
export const PROPORTION_MIN = 1e-4;

/**
 * Log-likelihood ratio of `successes` in `trials` between a proportion shifted by `shift` log odds and `level`:
 *
 *     k ln(q / p) + (n - k) ln((1 - q) / (1 - p)) = k d - n ln(1 + p (e^d - 1)),   logit q = logit p + d
 *
 * Both proportions are held within [PROPORTION_MIN, 1 - PROPORTION_MIN]; where that leaves no room for the shift the
 * ratio is 0, so a level at the edge never gives evidence against the side that it cannot resolve. `shiftGrowth` is
 * e^d - 1, for callers that use the same shift again and again.
 */
export function bernoulliLogRatio(
  successes: number,
  trials: number,
  level: number,
  shift: number,
  shiftGrowth: number = Math.expm1(shift),
): number {
  const p = clampProportion(level);
  const growth = p * shiftGrowth;
  const all = 1 + growth;
  // q = (p + growth) / all; compared without the division, which most calls have no other use for.
  const part = p + growth;
  if (part >= PROPORTION_MIN * all && part <= (1 - PROPORTION_MIN) * all) {
    return successes * shift - trials * Math.log1p(growth);
  }
  const edge = clampProportion(part / all);
  return successes * Math.log(edge / p) + (trials - successes) * (Math.log1p(-edge) - Math.log1p(-p)) + 0;
}

/** The proportion, held off 0 and 1 by PROPORTION_MIN. */
export function clampProportion(p: number): number {
  return Math.min(1 - PROPORTION_MIN, Math.max(PROPORTION_MIN, p));
}
