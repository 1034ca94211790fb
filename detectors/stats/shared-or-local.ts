import type { SignalKind } from '../../contracts/signal.js';
import { chiSquareTail } from './chi-square-tail.js';
import { isWeighable, type LeafCounts, leafEvidence, sharedShift } from './shared-shift.js';

export interface SharedOrLocal {
  /** Twice the evidence that the leaves have of their own beyond that of one shift for all; at least 0. */
  readonly statistic: number;
  /** Leaves with units, less one. */
  readonly degrees: number;
  /** That leaves which share one shift differ as much, by the chi-square distribution; 1 without a degree of freedom. */
  readonly chance: number;
}

/**
 * Whether the leaves of a whole have moved alike: the likelihood-ratio test of one common shift against a shift of each
 * leaf's own (Wilks 1938),
 *
 *     2 (sum G_s - G_common) ~ chi-square with S - 1 degrees of freedom,
 *
 * every ratio divided by its leaf's dispersion. Small: the cause lies above the leaves; large: name those that moved.
 * The scale is that of large counts; with fewer than about five expected in a leaf it is approximate.
 */
export function sharedOrLocal(kind: SignalKind, leaves: readonly LeafCounts[]): SharedOrLocal {
  const weighed = leaves.filter(isWeighable);
  let own = 0;
  for (const leaf of weighed) own += leafEvidence(kind, leaf);
  const statistic = Math.max(0, 2 * (own - sharedShift(kind, weighed).evidence));
  const degrees = Math.max(0, weighed.length - 1);
  return { statistic, degrees, chance: chiSquareTail(statistic, degrees) };
}
