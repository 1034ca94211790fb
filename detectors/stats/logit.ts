/** Log odds of a proportion: ln(p / (1 - p)), p in (0, 1). */
export function logit(p: number): number {
  return Math.log(p) - Math.log1p(-p);
}

/** The proportion behind log odds: 1 / (1 + exp(-x)), computed on the side that does not overflow. */
export function expit(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const odds = Math.exp(x);
  return odds / (1 + odds);
}
