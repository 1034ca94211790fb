import type { StreamTraits } from '../../contracts/detector.js';

/**
 * Weights of signed shifts, summing to 1: `harmful_weight` (0.5 to 1) is shared out among those towards the harmful side,
 * the rest among the others; half and half where either side harms. As many shifts lie on one side as on the other.
 */
export function shiftWeights(
  shifts: readonly number[],
  harmful: StreamTraits['harmful'],
  harmful_weight: number,
): number[] {
  const up = harmful === 'either' ? 0.5 : harmful === 'up' ? harmful_weight : 1 - harmful_weight;
  return shifts.map((shift) => (shift > 0 ? up : 1 - up) / (shifts.length / 2));
}
