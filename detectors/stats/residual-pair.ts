import type { DetectionWindow, StreamTraits } from '../../contracts/detector.js';
import { isUsable } from './level-log-ratio.js';
import { pearsonResidual } from './pearson-residual.js';

/** Standardised residuals beyond this are taken as this: one odd window must not decide about a correlation. */
export const RESIDUAL_MAX = 3;

export type RelationshipSides = NonNullable<StreamTraits['sides']>;

export interface ResidualPair {
  readonly x: number;
  readonly y: number;
}

/**
 * The standardised residuals of the two signals of a window: Pearson residuals over the standard deviations that they
 * had in history, winsorised at RESIDUAL_MAX. Null for a window that says nothing about the relationship: a side
 * without units or with a figure that is not finite, or no spread in history.
 */
export function residualPair(window: DetectionWindow, sides: RelationshipSides): ResidualPair | null {
  const { paired, expected_correlation: correlation } = window;
  if (paired === undefined || correlation === undefined) return null;
  if (!isUsable(window, window.expected) || !isUsable(paired, paired.expected)) return null;
  if (!(correlation.x_sd > 0 && correlation.y_sd > 0)) return null;
  return {
    x: winsorise(pearsonResidual(sides.x, window, window.expected) / correlation.x_sd),
    y: winsorise(pearsonResidual(sides.y, paired, paired.expected) / correlation.y_sd),
  };
}

/** Whether everything that is expected of a window of a relationship rests on enough history. */
export function isPairSufficient(window: DetectionWindow): boolean {
  return (
    window.expected.is_sufficient &&
    window.paired?.expected.is_sufficient === true &&
    window.expected_correlation?.is_sufficient === true
  );
}

function winsorise(residual: number): number {
  return Math.min(RESIDUAL_MAX, Math.max(-RESIDUAL_MAX, residual));
}
