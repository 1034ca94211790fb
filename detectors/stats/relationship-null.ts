import { fisherZ } from './fisher-interval.js';
import type { CorrelationInterval } from './relationship-label.js';
import { Z95 } from './z95.js';

/**
 * Fisher's z of the null that alternatives above and below are held against: the expected correlation, moved by so many
 * standard errors (from its 95 % interval) towards the alternative. Where the interval holds 0 the null is widened to hold
 * 0, so that what emerges is looked for on both sides of 0.
 */
export function nullEnds(
  { correlation, low, high }: CorrelationInterval,
  standard_errors: number,
): { readonly up: number; readonly down: number } {
  const z = fisherZ(correlation);
  const width = Math.max(0, fisherZ(high) - fisherZ(low));
  const margin = (standard_errors * width) / (2 * Z95);
  const isUnrelated = low <= 0 && high >= 0;
  return {
    up: isUnrelated ? Math.max(0, z + margin) : z + margin,
    down: isUnrelated ? Math.min(0, z - margin) : z - margin,
  };
}
