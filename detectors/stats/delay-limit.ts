/**
 * The shortest mean delay that any rule can reach which alarms falsely once in `unitsBetweenFalse` units on average,
 * when the levels before and after are known (one side):
 *
 *     solve e^h - h - 1 = g KL(before, after),   D* = (h - 1 + e^-h) / KL(after, before)
 *
 * Exact for Brownian motion (CUSUM attains it: Moustakides 2004), within about 1 % of a simulated CUSUM for Bernoulli
 * shifts. Divergences in nats per unit; the result is in the same unit as `unitsBetweenFalse`.
 */
export function delayLimit(
  unitsBetweenFalse: number,
  divergenceBeforeAfter: number,
  divergenceAfterBefore: number,
): number {
  const height = cusumHeight(unitsBetweenFalse * divergenceBeforeAfter);
  return (height - 1 + Math.exp(-height)) / divergenceAfterBefore;
}

/**
 * Height h in nats of a CUSUM whose false alarms lie g units apart: e^h - h - 1 = `information` = g KL(before, after) >
 * 0.
 */
export function cusumHeight(information: number): number {
  // Newton's method on a convex function, begun right of its root, comes down to it without overshooting.
  let height = Math.min(Math.sqrt(2 * information), Math.max(1.7, Math.log(2 * information)));
  for (let round = 0; round < 60; round++) {
    const slope = Math.expm1(height);
    const step = (slope - height - information) / slope;
    height -= step;
    if (!(Math.abs(step) > 1e-14 * height)) break;
  }
  return height;
}
