import type { ResidualPair } from './residual-pair.js';

/** Pairs kept: at a quarter of an hour per window, three days of calling. */
export const PAIRS_MAX = 128;

/** The newest residual pairs of a relationship: what a correlation since a change is formed from. */
export interface PairRing {
  /** Pairs ever seen; pair number i lies at i modulo PAIRS_MAX. */
  seen: number;
  readonly xs: number[];
  readonly ys: number[];
}

export interface PairMoments {
  readonly pairs: number;
  readonly x_mean: number;
  readonly y_mean: number;
  /** Pearson correlation about the means; 0 where a side does not vary. */
  readonly correlation: number;
}

export function initPairRing(): PairRing {
  return { seen: 0, xs: [], ys: [] };
}

export function addPair(ring: PairRing, { x, y }: ResidualPair): void {
  ring.xs[ring.seen % PAIRS_MAX] = x;
  ring.ys[ring.seen % PAIRS_MAX] = y;
  ring.seen++;
}

/** The pair `age` pairs back (0: the newest), or null where it is not kept. */
export function pairAt(ring: PairRing, age: number): ResidualPair | null {
  if (age >= ring.xs.length) return null;
  const at = (ring.seen - 1 - age) % PAIRS_MAX;
  return { x: ring.xs[at], y: ring.ys[at] };
}

/** Moments of the newest `pairs` pairs (fewer where fewer are kept), by two passes so that nothing cancels. */
export function pairMoments(ring: PairRing, pairs: number): PairMoments {
  const count = Math.min(Math.max(0, Math.floor(pairs)), ring.xs.length);
  let xSum = 0;
  let ySum = 0;
  for (let age = 0; age < count; age++) {
    const at = (ring.seen - 1 - age) % PAIRS_MAX;
    xSum += ring.xs[at];
    ySum += ring.ys[at];
  }
  const xMean = count > 0 ? xSum / count : 0;
  const yMean = count > 0 ? ySum / count : 0;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let age = 0; age < count; age++) {
    const at = (ring.seen - 1 - age) % PAIRS_MAX;
    const x = ring.xs[at] - xMean;
    const y = ring.ys[at] - yMean;
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  const spread = Math.sqrt(xx) * Math.sqrt(yy);
  const correlation = spread > 0 ? Math.min(1, Math.max(-1, xy / spread)) : 0;
  return { pairs: count, x_mean: xMean, y_mean: yMean, correlation };
}
