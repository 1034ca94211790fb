import type { StreamTraits } from '../../contracts/detector.js';
import type { SignalKind } from '../../contracts/signal.js';
import { type LevelFigures, levelLogRatio } from './level-log-ratio.js';
import { shiftWeights } from './shift-weights.js';

/** The same alternatives, weights and margin as `mixture-e-sr` has unless told otherwise: see its options. */
const SHIFT_SIZES = [0.2, 0.35, 0.6, 1];
const HARMFUL_WEIGHT = 0.8;
const NULL_STANDARD_ERRORS = 1;

/** A stream, as far as evidence about its level goes. */
export type LevelTraits = Pick<StreamTraits, 'harmful'> & { readonly kind: SignalKind; readonly upper: number | null };

export interface LevelEvidence {
  /** Natural logarithm of the e-value; 0 where there is nothing to go by. */
  readonly log_evidence: number;
  /** Mean of the shifts looked for, each by its share of the evidence: log odds, log rate, or standard deviations. */
  readonly shift: number;
}

/**
 * Evidence that the level of a stream lay elsewhere than expected over a span that was fixed beforehand: the mixture of
 * likelihood ratios over shifts d_i with weights w_i,
 *
 *     E = sum w_i exp(sum over parts of l(d_i)),
 *
 * an e-value: its mean is at most 1 where the level lies within NULL_STANDARD_ERRORS of the expected one. `parts` are
 * sums over any pieces of the span within which the expected level is the same (hours): ratios are linear in the sums, so
 * it does not matter how the pieces were cut. Division by the dispersion is measured, not proven. Unlike a detector's
 * evidence it has no start in mind and no threshold of its own.
 */
export function levelEvidence(traits: LevelTraits, parts: readonly Readonly<LevelFigures>[]): LevelEvidence {
  const { kind, harmful, upper } = traits;
  const forms = kind === 'mean' ? (['bounded', 'spread'] as const) : (['bounded'] as const);
  const sides = [...SHIFT_SIZES, ...SHIFT_SIZES.map((size) => -size)];
  const alternatives = forms.flatMap((form) => sides.map((shift) => ({ form, shift })));
  const weights = shiftWeights(
    alternatives.map(({ shift }) => shift),
    harmful,
    HARMFUL_WEIGHT,
  );
  const logs = alternatives.map(({ form, shift }, at) => {
    const growth = Math.expm1(shift);
    let sum = Math.log(weights[at]!);
    for (const part of parts) {
      const nullLevel = part.level + Math.sign(shift) * NULL_STANDARD_ERRORS * part.standard_error;
      if (part.n > 0) sum += levelLogRatio(kind, part, nullLevel, shift, growth, form, upper);
    }
    return sum;
  });
  const most = Math.max(...logs);
  let [total, shifted] = [0, 0];
  for (const [at, log] of logs.entries()) {
    const share = Math.exp(log - most);
    total += share;
    shifted += share * alternatives[at]!.shift;
  }
  return { log_evidence: most + Math.log(total), shift: shifted / total };
}
