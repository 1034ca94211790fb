/**
 * Residual of y at a given x: (y - r x) / sqrt(1 - r^2), for standardised x and y of correlation r. Mean 0, variance 1
 * and independent of x as long as the relationship holds.
 */
export function regressionResidual(x: number, y: number, correlation: number): number {
  return (y - correlation * x) / Math.sqrt(1 - correlation * correlation);
}

/**
 * Log-likelihood ratios of one residual e at a given x, e standard normal under the null, each with mean 1 whatever x is:
 *
 * | shift | e becomes | ratio |
 * | --- | --- | --- |
 * | slope d | N(d x, 1) | d e x - d^2 x^2 / 2 |
 * | level d | N(d, 1) | d e - d^2 / 2 |
 * | fit d | N(0, e^d) | (e^2 (1 - e^-d) - d) / 2 |
 */
export function slopeLogRatio(e: number, x: number, shift: number): number {
  return shift * e * x - (shift * shift * x * x) / 2;
}

export function offsetLogRatio(e: number, shift: number): number {
  return shift * e - (shift * shift) / 2;
}

export function fitLogRatio(e: number, shift: number): number {
  return (e * e * -Math.expm1(-shift) - shift) / 2;
}
