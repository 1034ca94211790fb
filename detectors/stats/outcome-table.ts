import type { OutcomeTable } from '../../contracts/detector.js';

/**
 * Whether a table says anything about association: whole counts of which none is negative, and calls with and without
 * each outcome.
 */
export function isTelling({ both, x_only, y_only, neither }: OutcomeTable): boolean {
  for (const count of [both, x_only, y_only, neither]) if (!(Number.isSafeInteger(count) && count >= 0)) return false;
  return both + x_only > 0 && both + y_only > 0 && y_only + neither > 0 && x_only + neither > 0;
}

/**
 * Yule's coefficient of colligation on Fisher's scale is a quarter of the log odds ratio: atanh Y = ln(ad / bc) / 4. Y is
 * the correlation that the two outcomes would have if each came in half of the calls, so that an association reads as
 * other relationships do, and free of how frequent the outcomes are (Yule 1912).
 */
export const LOG_ODDS_PER_Z = 4;
