/**
 * Log-likelihood ratio of one pair of standardised residuals (mean 0, variance 1) between correlations `alternative`
 * and `null`, both in (-1, 1):
 *
 *     0.5 ln((1 - r0^2) / (1 - r1^2)) + 0.5 [Q(r0) - Q(r1)],   Q(r) = (x^2 - 2 r x y + y^2) / (1 - r^2)
 */
export function correlationLogRatio(x: number, y: number, alternative: number, nullCorrelation: number): number {
  const squares = x * x + y * y;
  const product = 2 * x * y;
  const spread0 = 1 - nullCorrelation * nullCorrelation;
  const spread1 = 1 - alternative * alternative;
  return (
    0.5 *
    (Math.log(spread0 / spread1) +
      (squares - nullCorrelation * product) / spread0 -
      (squares - alternative * product) / spread1)
  );
}
