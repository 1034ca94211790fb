/**
 * Kullback-Leibler divergences in nats: the mean log-likelihood ratio of one unit when `a` is true, against `b`.
 */

/** Per call, proportions in (0, 1); 0 ln 0 is 0. */
export function bernoulliDivergence(a: number, b: number): number {
  const success = a === 0 ? 0 : a * Math.log(a / b);
  const failure = a === 1 ? 0 : (1 - a) * Math.log((1 - a) / (1 - b));
  return success + failure;
}

/** Per unit of exposure, rates > 0. */
export function poissonDivergence(a: number, b: number): number {
  return a * Math.log(a / b) - a + b;
}

/** Per value, means `shift` standard deviations apart. */
export function gaussianDivergence(shift: number): number {
  return (shift * shift) / 2;
}
