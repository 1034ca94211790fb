import normalCdf from '@stdlib/stats-base-dists-normal-cdf';

/**
 * Siegmund's correction for a chart that is looked at after whole windows and so is found past its limit, not on it:
 *
 *     nu(x) = (2 / x) (Phi(x / 2) - 1/2) / ((x / 2) Phi(x / 2) + phi(x / 2))
 *
 * within a hundredth of the exact function (Siegmund and Yakir 2007); about exp(-0.583 x) for small x. x >= 0 is the
 * step from window to window in standard deviations; nu(0) = 1.
 */
export function overshootFactor(x: number): number {
  if (!(x > 1e-6)) return 1;
  const half = x / 2;
  const below = normalCdf(half, 0, 1);
  const density = Math.exp((-half * half) / 2) / Math.sqrt(2 * Math.PI);
  return (below - 0.5) / half / (half * below + density);
}
