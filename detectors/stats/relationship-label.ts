import type { RelationshipLabel } from '../../contracts/verdict.js';

/** A label is confirmed from this many windows on; before, it is the best guess. */
export const LABEL_WINDOWS_CONFIRMED = 30;

/** A correlation within this of 0, or within a quarter of what it was, counts as lost. */
const LOST_MAX = 0.1;
const LOST_SHARE = 0.25;

/** Standard errors from 0 at which the best guess of a sign is given: right four times in five. */
const SIGN_GUESS_STANDARD_ERRORS = 0.84;

export interface CorrelationInterval {
  readonly correlation: number;
  readonly low: number;
  readonly high: number;
}

/** The correlation since the change: `pairs` windows. */
export interface CorrelationSince extends CorrelationInterval {
  readonly pairs: number;
}

/**
 * How a relationship changed, from the 95 % intervals before and since:
 *
 * | label | condition |
 * | --- | --- |
 * | emerged | the interval before holds 0, the one since does not |
 * | inverted | neither holds 0, and the signs differ |
 * | lost | the interval since lies within +-max(0.1, |before| / 4) |
 * | weakened | same sign, smaller, interval since leaves out what was before; beyond the range of lost, or clear of 0 |
 * | strengthened | same sign, larger, interval since leaves out what was before |
 *
 * Where the windows do not suffice for any of these (`is_met` false) the label is the best guess: the row in which the
 * estimate lies, and of the other sign `inverted` where that sign is right four times in five, else `lost`.
 */
export function relationshipLabel(
  before: CorrelationInterval,
  since: CorrelationSince,
): { readonly label: RelationshipLabel; readonly is_met: boolean } {
  const isClear = !holds(since, 0);
  if (holds(before, 0)) return { label: 'emerged', is_met: isClear };
  const sizeBefore = Math.abs(before.correlation);
  const size = Math.abs(since.correlation);
  const lostMax = Math.max(LOST_MAX, LOST_SHARE * sizeBefore);
  if (since.low >= -lostMax && since.high <= lostMax) return { label: 'lost', is_met: true };
  if (Math.sign(since.correlation) !== Math.sign(before.correlation)) {
    if (isClear) return { label: 'inverted', is_met: true };
    const isLikely = size > lostMax && Math.atanh(size) * Math.sqrt(since.pairs - 3) >= SIGN_GUESS_STANDARD_ERRORS;
    return { label: isLikely ? 'inverted' : 'lost', is_met: false };
  }
  const isApart = !holds(since, before.correlation);
  if (size > sizeBefore) return { label: 'strengthened', is_met: isApart };
  if (size > lostMax || isClear) return { label: 'weakened', is_met: isApart };
  return { label: 'lost', is_met: false };
}

function holds(interval: CorrelationInterval, value: number): boolean {
  return interval.low <= value && value <= interval.high;
}
