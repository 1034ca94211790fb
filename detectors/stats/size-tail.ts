/** Share of sizes that counts as the tail: enough of them to learn from, few enough to look alike. */
const TAIL_SHARE = 0.1;
/** Shape of the tail: a little heavier than exponential, as queues, prices and response times are. */
const TAIL_SHAPE = 0.2;
/** Largest surprise told of: beyond it nothing more is meant than "never seen". */
export const SURPRISE_MAX = 30;
/** How far the start of the tail moves in a step, in mean sizes: it then settles within some tens of sizes. */
const STEP = 3;

/** What is known of the sizes of a quantity (0 or more), learnt one by one. */
export interface SizeTail {
  /** Sizes learnt, and those of them beyond the start of the tail as it stood then. */
  seen: number;
  beyond: number;
  /** Mean size; start of the tail; mean excess over the start of the tail. */
  mean: number;
  start: number;
  excess: number;
}

export function initSizeTail(): SizeTail {
  return { seen: 0, beyond: 0, mean: 0, start: 0, excess: 0 };
}

/**
 * Surprise of a size: minus the natural logarithm of the probability of one as large, 0 to SURPRISE_MAX. Beyond the start
 * of the tail, which a tenth of all sizes exceed, the tail is a generalised Pareto of fixed shape whose scale is the mean
 * excess (peaks over threshold, Pickands 1975); below, it is told in proportion to the size.
 */
export function sizeSurprise(tail: Readonly<SizeTail>, size: number): number {
  const atStart = -Math.log(TAIL_SHARE);
  if (tail.seen === 0 || size === 0) return 0;
  if (size <= tail.start) return (atStart * size) / tail.start;
  if (!(tail.excess > 0)) return SURPRISE_MAX;
  const beyond = Math.log1p((TAIL_SHAPE * (size - tail.start)) / tail.excess) / TAIL_SHAPE;
  return Math.min(SURPRISE_MAX, atStart + beyond);
}

/** Learns a size, in place: the quantile by stochastic approximation (Robbins and Monro 1951), the means by `rate`. */
export function learnSize(tail: SizeTail, size: number, rate: number): void {
  const weight = Math.max(rate, 1 / (tail.seen + 1));
  tail.mean += weight * (size - tail.mean);
  if (tail.seen === 0) {
    tail.start = size;
  } else if (size > tail.start) {
    tail.beyond++;
    tail.excess += Math.max(rate / TAIL_SHARE, 1 / (tail.beyond + 1)) * (size - tail.start - tail.excess);
    tail.start += STEP * weight * tail.mean * (1 - TAIL_SHARE);
  } else {
    tail.start = Math.max(0, tail.start - STEP * weight * tail.mean * TAIL_SHARE);
  }
  tail.seen++;
}
