import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import { correlationLogRatio } from './stats/correlation-log-ratio.js';
import { fisherZ } from './stats/fisher-interval.js';
import { addPair, initPairRing, type PairRing, pairAt } from './stats/pair-ring.js';
import { describeChange } from './stats/relationship-change.js';
import {
  expectRelationship,
  initRelationshipEvidence,
  type RelationshipEvidence,
  type RelationshipFinding,
  relationshipVerdict,
  takeRelationshipRatios,
} from './stats/relationship-evidence.js';
import { nullEnds } from './stats/relationship-null.js';
import { relationshipShift } from './stats/relationship-shift.js';
import { isPairSufficient, type RelationshipSides, residualPair } from './stats/residual-pair.js';
import { shiftWeights } from './stats/shift-weights.js';

/** Sizes of shift looked for at most, on either side. */
const SHIFTS_MAX = 16;

/** Log-likelihood ratios of the window at hand, per alternative: written before they are read in every step. */
const RATIOS = new Float64Array(2 * SHIFTS_MAX);

const config = z.strictObject({
  shifts: z
    .array(z.number().positive().max(3))
    .min(1)
    .max(SHIFTS_MAX)
    .default([0.15, 0.25, 0.4, 0.6, 0.8, 1, 1.3, 1.7])
    .describe(
      "sizes of shift that are looked for on either side, in Fisher's z of the correlation; from the least that a few " +
        'hundred windows can tell to a strong relationship turned about',
    ),
  harmful_weight: z
    .number()
    .min(0.5)
    .max(0.99)
    .default(0.8)
    .describe('share of the evidence, a probability, that is staked on the harmful side; see mixture-e-sr'),
  null_standard_errors: z
    .number()
    .min(0)
    .max(3)
    .default(1)
    .describe(
      "how far the correlation expected may be off, in standard errors of its Fisher's z: what lies within is no drift; " +
        '1 keeps the false-alarm bound from a history of two hundred windows on',
    ),
  effect_min: z
    .number()
    .positive()
    .max(3)
    .optional()
    .describe("smallest shift worth acting on, in Fisher's z; default: the smallest of `shifts`"),
});
export type CorrelationEsrConfig = z.infer<typeof config>;

export interface CorrelationEsrState extends RelationshipEvidence {
  readonly sides: RelationshipSides;
  readonly null_standard_errors: number;
  /** Signed, in Fisher's z. */
  readonly shifts: number[];
  readonly pairs: PairRing;
}

/**
 * Correlation e-detector: notices that two signals no longer move together as they did, though each by itself may look
 * as ever.
 *
 * **Detects** a lasting change of the correlation between the residuals of two signals, in either direction. Residuals
 * are Pearson residuals against each signal's own baseline, over the standard deviations to be expected of them and
 * winsorised at +-3: common seasons and volumes are taken out beforehand. What is expected is that of a window of its
 * very size (`correlation-at-size.ts`): fewer calls show a weaker correlation, and that alone is no change.
 *
 * **Formula.** As in `mixture-e-sr`, one unit per window, with bivariate normal likelihood ratios between correlations
 * tanh(z +- shift) and tanh(z), where z is Fisher's z of the baseline's correlation, moved by `null_standard_errors`
 * standard errors (from its 95 % interval) towards the alternative. A baseline whose interval holds 0 is widened to
 * hold 0 as its null, so that what emerges is looked for on both sides of 0.
 *
 * **Promise.** A threshold c keeps false alarms c windows or more apart on average, for residuals of unit variance.
 *
 * **Verdict.** `effect`: posterior mean shift in Fisher's z. `label`: from the 95 % interval of the correlation since
 * the change (at most the newest 128 windows; none below 6), against the baseline's; see `relationship-label.ts`.
 * `details`: `r0`, `r` with `_low` and `_high`, `label_windows`, `is_label_provisional` (1 below 30 windows or where no
 * condition is met in full), and `x_mean`, `y_mean`: mean standardised residuals since the change, which tell whether
 * the two signals have also moved by themselves (the baseline is 0, the standard error 1 / sqrt(label_windows)).
 * The rest as in `mixture-e-sr`.
 *
 * **Edge input.** A window in which either side has no units, a figure that is not finite, or no spread in history is
 * passed over. Constant sides have correlation 0.
 *
 * **Cost** O(alternatives), 16 per window. **Memory** under 20 KB of JSON.
 *
 * References: Shin, Ramdas, Rinaldo (2024); Fisher (1921).
 */
export const correlationEsr: Detector<CorrelationEsrConfig, CorrelationEsrState> = {
  name: 'correlation-e-sr',
  summary: 'change of the correlation between two signals: Shiryaev-Roberts e-detector with a bound in windows',
  kinds: ['relationship'],
  config,
  init,
  step(state, window) {
    take(state, window);
    return { state, verdict: relationshipVerdict(state, (shares, windows) => finding(state, shares, windows)) };
  },
};

function init(options: CorrelationEsrConfig, traits: StreamTraits): CorrelationEsrState {
  if (traits.sides === undefined) throw new Error('correlation-e-sr watches a relationship: traits.sides is required');
  const sizes = [...options.shifts].sort((a, b) => a - b);
  const shifts = [...sizes, ...sizes.map((size) => -size)];
  const weights = shiftWeights(shifts, traits.harmful, options.harmful_weight);
  return {
    ...initRelationshipEvidence(traits, options.effect_min ?? sizes[0], weights),
    sides: { x: traits.sides.x, y: traits.sides.y },
    null_standard_errors: options.null_standard_errors,
    shifts,
    pairs: initPairRing(),
  };
}

function take(state: CorrelationEsrState, window: DetectionWindow): void {
  const pair = residualPair(window, state.sides);
  const correlation = window.expected_correlation;
  if (pair === null || correlation === undefined) return;
  expectRelationship(state, correlation, isPairSufficient(window));
  const { up, down } = nullEnds(state.expected, state.null_standard_errors);
  const { shifts } = state;
  for (let i = 0; i < shifts.length; i++) {
    const end = shifts[i] > 0 ? up : down;
    RATIOS[i] = correlationLogRatio(pair.x, pair.y, Math.tanh(end + shifts[i]), Math.tanh(end));
  }
  takeRelationshipRatios(state, RATIOS, window.start_us);
  addPair(state.pairs, pair);
}

function finding(state: CorrelationEsrState, shares: readonly number[], windows: number): RelationshipFinding {
  const ends = nullEnds(state.expected, state.null_standard_errors);
  const z = fisherZ(state.expected.correlation);
  const shift = relationshipShift(state.shifts, shares, ends, z, state.effect_min);
  return {
    ...shift,
    is_still_drifted: isStillDrifted(state, shift.side > 0 ? ends.up : ends.down, shift.side_shift),
    since: describeChange(state.expected, state.pairs, windows),
  };
}

/** Whether the last two windows speak for the shift rather than against it. */
function isStillDrifted(state: CorrelationEsrState, end: number, shift: number): boolean {
  let sum = 0;
  for (let age = 0; age < 2; age++) {
    const pair = pairAt(state.pairs, age);
    if (pair !== null) sum += correlationLogRatio(pair.x, pair.y, Math.tanh(end + shift), Math.tanh(end));
  }
  return sum > 0;
}
