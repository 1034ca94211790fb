import type { SignalKind } from '../../contracts/signal.js';
import { isWeighable, type LeafCounts } from './shared-shift.js';

export interface BestSubset {
  /** Positions in the list of leaves, the most shifted first; empty where no leaf moved that way. */
  readonly members: readonly number[];
  /** Log-likelihood ratio of one shift that the members share, nats; 0 where there are none. */
  readonly evidence: number;
}

/**
 * Of all 2^S sets of leaves the one that a shift in one direction, shared by its members while the others stay, explains
 * best: exact, in O(S log S), by linear-time subset scanning (Neill 2012, JRSSB 74). The score of a set is
 *
 *     max over d of sum [k d - b (e^d - 1)] / w         counts: b expected, w = variance / b
 *     max over d of sum [x u d - u^2 d^2 / 2] / v       means: x = total - expected, u = n sd, v variance
 *
 * For a given d a leaf adds to the sum when k / b (means: x / u) lies beyond a bound that depends on d alone. So the best
 * set for any d is a prefix of the leaves in the order of that ratio, and so is the best set of all. Each prefix is scored
 * from sums, in closed form. Proportions are scored as counts whose variance is theirs: close to the binomial ratio, and
 * with a bound that the level of a leaf does not enter, which the binomial one would. Leaves of one ratio stand in the
 * order in which they came.
 */
export function bestSubset(kind: SignalKind, leaves: readonly LeafCounts[], direction: 'up' | 'down'): BestSubset {
  const side = direction === 'up' ? 1 : -1;
  const terms = leaves.flatMap((leaf, at) => (isWeighable(leaf) ? [{ at, ...termOf(kind, leaf) }] : []));
  const moved = terms.filter(({ excess }) => side * excess > 0);
  moved.sort((left, right) => side * (right.ratio - left.ratio) || left.at - right.at);
  let [first, second, evidence, length] = [0, 0, 0, 0];
  for (const [position, term] of moved.entries()) {
    first += term.first;
    second += term.second;
    const score = kind === 'mean' ? (first * first) / (2 * second) : countsScore(first, second);
    if (score > evidence) [evidence, length] = [score, position + 1];
  }
  return { members: moved.slice(0, length).map(({ at }) => at), evidence };
}

/** A leaf's part of the two sums that a score is made of, and what leaves are ordered by. */
function termOf(kind: SignalKind, { size, total, expected, variance, value_sd }: LeafCounts) {
  const excess = total - expected;
  if (kind === 'mean') {
    const slope = size * value_sd;
    return { excess, ratio: excess / slope, first: (excess * slope) / variance, second: (slope * slope) / variance };
  }
  const weight = expected / variance;
  return { excess, ratio: total / expected, first: total * weight, second: expected * weight };
}

function countsScore(total: number, expected: number): number {
  return (total > 0 ? total * Math.log(total / expected) : 0) - total + expected;
}
