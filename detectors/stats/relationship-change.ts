import type { Verdict } from '../../contracts/verdict.js';
import { fisherInterval } from './fisher-interval.js';
import { type PairRing, pairMoments } from './pair-ring.js';
import { type CorrelationInterval, LABEL_WINDOWS_CONFIRMED, relationshipLabel } from './relationship-label.js';

/** Fewer windows than this carry no label at all. */
const LABEL_WINDOWS_MIN = 6;

/**
 * Label and figures of a relationship over the newest `windows` pairs, those since the change, against what was expected;
 * nothing below LABEL_WINDOWS_MIN pairs.
 */
export function describeChange(
  expected: CorrelationInterval,
  pairs: PairRing,
  windows: number,
): { readonly label?: Verdict['label']; readonly details: Readonly<Record<string, number>> } {
  const moments = pairMoments(pairs, Math.max(LABEL_WINDOWS_MIN, Math.round(windows)));
  if (moments.pairs < LABEL_WINDOWS_MIN) return { details: { label_windows: moments.pairs } };
  const interval = fisherInterval(moments.correlation, moments.pairs);
  const { label, is_met } = relationshipLabel(expected, {
    correlation: moments.correlation,
    pairs: moments.pairs,
    ...interval,
  });
  return {
    label,
    details: {
      r: moments.correlation,
      r_low: interval.low,
      r_high: interval.high,
      label_windows: moments.pairs,
      is_label_provisional: is_met && moments.pairs >= LABEL_WINDOWS_CONFIRMED ? 0 : 1,
      x_mean: moments.x_mean,
      y_mean: moments.y_mean,
    },
  };
}
