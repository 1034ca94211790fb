import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import { CORRELATION_MAX, fisherZ } from './stats/fisher-interval.js';
import { addPair, initPairRing, type PairRing, pairAt } from './stats/pair-ring.js';
import { fitLogRatio, offsetLogRatio, regressionResidual, slopeLogRatio } from './stats/regression-log-ratio.js';
import { describeChange } from './stats/relationship-change.js';
import {
  expectRelationship,
  initRelationshipEvidence,
  type RelationshipEvidence,
  type RelationshipFinding,
  relationshipVerdict,
  takeRelationshipRatios,
} from './stats/relationship-evidence.js';
import { isPairSufficient, type RelationshipSides, residualPair } from './stats/residual-pair.js';

/** Sizes of shift looked for at most, on either side. */
const SHIFTS_MAX = 8;

const PARTS = ['slope', 'level', 'fit'] as const;
type Part = (typeof PARTS)[number];

/** Log-likelihood ratios of the window at hand, per alternative: written before they are read in every step. */
const RATIOS = new Float64Array(2 * SHIFTS_MAX * PARTS.length);

const sizes = (defaults: number[]) => z.array(z.number().positive().max(3)).min(1).max(SHIFTS_MAX).default(defaults);

const config = z.strictObject({
  slope_shifts: sizes([0.25, 0.5, 1, 1.6]).describe(
    'sizes of shift of the slope that are looked for on either side, in standard deviations of the residual per standard ' +
      'deviation of the first signal; the largest turns a strong relationship about',
  ),
  level_shifts: sizes([0.25, 0.5, 1]).describe(
    'sizes of shift of the second signal at a given first one, in standard deviations of the residual',
  ),
  fit_shifts: sizes([0.4, 0.8, 1.4]).describe(
    'sizes of shift of the variance of the residual, natural logarithm of its ratio; 0.8 is a bit more than double',
  ),
  effect_min: z
    .number()
    .positive()
    .max(3)
    .optional()
    .describe('smallest shift of the slope worth acting on, as `slope_shifts`; default: the smallest of them'),
});
export type RegressionEsrConfig = z.infer<typeof config>;

interface Alternative {
  readonly part: Part;
  /** Signed. */
  readonly shift: number;
}

export interface RegressionEsrState extends RelationshipEvidence {
  readonly sides: RelationshipSides;
  readonly alternatives: Alternative[];
  readonly pairs: PairRing;
}

/**
 * Regression e-detector: notices that one signal is no longer what the other lets expect of it.
 *
 * **Detects** a lasting change of the slope of the second signal on the first ("answers no longer fall when voicemail
 * rises"), of its level at a given first one ("fewer answers than voicemail explains"), and of how well it fits.
 *
 * **Formula.** With standardised residuals x and y as in `correlation-e-sr` and r the correlation expected in a window of
 * its size: e = (y - r x) / sqrt(1 - r^2). Likelihood ratios of e given x for shifts of slope, level and variance
 * (`regression-log-ratio.ts`), in one mixture Shiryaev-Roberts sum with a third of the weight each, one unit per window.
 *
 * **Promise.** A threshold c keeps false alarms c windows or more apart on average, for normal residuals of unit
 * variance, whatever the first signal does: each ratio has mean 1 given x. The error of the baseline's slope is passed
 * over only as far as the smallest shift does.
 *
 * **Verdict.** `details.slope_share`, `level_share`, `fit_share`: what the evidence says has changed, summing to 1, and
 * `slope_shift`, `level_shift`, `fit_shift`: posterior mean shift of each. `direction` and `effect` are those of the
 * leading one, `effect` for a slope in Fisher's z of the correlation that it comes to. `effect_confidence` counts slopes
 * alone: a shift of level or fit warns and shows as `drift`, but opens no episode, since its end could not be told from
 * the correlation. `label` and the other details as in `correlation-e-sr`.
 *
 * **Edge input.** A window in which either side has no units, a figure that is not finite, or no spread in history is
 * passed over. Correlations are held within +-0.995.
 *
 * **Cost** O(alternatives), 20 per window. **Memory** under 20 KB of JSON.
 *
 * References: Shin, Ramdas, Rinaldo (2024); Brown, Durbin, Evans (1975) for the residuals.
 */
export const regressionEsr: Detector<RegressionEsrConfig, RegressionEsrState> = {
  name: 'regression-e-sr',
  summary: 'change of slope, level or fit of one signal given another: Shiryaev-Roberts e-detector on the residual',
  kinds: ['relationship'],
  config,
  init,
  step(state, window) {
    take(state, window);
    return { state, verdict: relationshipVerdict(state, (shares, windows) => finding(state, shares, windows)) };
  },
};

function init(options: RegressionEsrConfig, traits: StreamTraits): RegressionEsrState {
  if (traits.sides === undefined) throw new Error('regression-e-sr watches a relationship: traits.sides is required');
  const shiftsOf = { slope: options.slope_shifts, level: options.level_shifts, fit: options.fit_shifts };
  const alternatives = PARTS.flatMap((part) =>
    shiftsOf[part].flatMap((shift) => [
      { part, shift },
      { part, shift: -shift },
    ]),
  );
  const weights = alternatives.map(({ part }) => 1 / (PARTS.length * 2 * shiftsOf[part].length));
  return {
    ...initRelationshipEvidence(traits, options.effect_min ?? Math.min(...options.slope_shifts), weights),
    sides: { x: traits.sides.x, y: traits.sides.y },
    alternatives,
    pairs: initPairRing(),
  };
}

function take(state: RegressionEsrState, window: DetectionWindow): void {
  const pair = residualPair(window, state.sides);
  const correlation = window.expected_correlation;
  if (pair === null || correlation === undefined) return;
  expectRelationship(state, correlation, isPairSufficient(window));
  const e = regressionResidual(pair.x, pair.y, heldCorrelation(state));
  for (const [i, alternative] of state.alternatives.entries()) RATIOS[i] = logRatio(alternative, pair.x, e);
  takeRelationshipRatios(state, RATIOS, window.start_us);
  addPair(state.pairs, pair);
}

function logRatio({ part, shift }: Alternative, x: number, e: number): number {
  if (part === 'slope') return slopeLogRatio(e, x, shift);
  return part === 'level' ? offsetLogRatio(e, shift) : fitLogRatio(e, shift);
}

function heldCorrelation({ expected }: RegressionEsrState): number {
  return Math.min(CORRELATION_MAX, Math.max(-CORRELATION_MAX, expected.correlation));
}

function finding(state: RegressionEsrState, shares: readonly number[], windows: number): RelationshipFinding {
  const leading = leadingPart(state, shares);
  const { part, side, side_share, shift, side_shift, details } = leading;
  return {
    side,
    side_share,
    effect: part === 'slope' ? slopeEffect(state, shift) : shift,
    effect_confidence: confidenceOf(state, shares, leading),
    is_still_drifted: isStillDrifted(state, { part, shift: side_shift }),
    since: describeChange(state.expected, state.pairs, windows),
    details,
  };
}

interface Leading {
  readonly part: Part;
  readonly side: 1 | -1;
  readonly side_share: number;
  /** Posterior mean shift of the part, and of its leading side alone. */
  readonly shift: number;
  readonly side_shift: number;
  readonly details: Readonly<Record<string, number>>;
}

/** Which part the evidence says has changed, and which way. */
function leadingPart({ alternatives }: RegressionEsrState, shares: readonly number[]): Leading {
  const parts = PARTS.map((part) => {
    let [share, up_share, shift, up_shift] = [0, 0, 0, 0];
    for (const [i, alternative] of alternatives.entries()) {
      if (alternative.part !== part) continue;
      share += shares[i];
      shift += shares[i] * alternative.shift;
      if (alternative.shift > 0) {
        up_share += shares[i];
        up_shift += shares[i] * alternative.shift;
      }
    }
    return { part, share, up_share, shift, up_shift };
  });
  const { part, share, up_share, shift, up_shift } = parts.reduce((best, one) => (one.share > best.share ? one : best));
  const side = up_share * 2 >= share ? 1 : -1;
  const side_share = side > 0 ? up_share : share - up_share;
  const of = (each: number, among: number) => (among > 0 ? each / among : 0);
  return {
    part,
    side,
    side_share: of(side_share, share),
    shift: of(shift, share),
    side_shift: of(side > 0 ? up_shift : shift - up_shift, side_share),
    details: Object.fromEntries(
      parts.flatMap((one) => [
        [`${one.part}_share`, one.share],
        [`${one.part}_shift`, of(one.shift, one.share)],
      ]),
    ),
  };
}

/** A shift of the slope as one of the correlation, in Fisher's z. */
function slopeEffect(state: RegressionEsrState, shift: number): number {
  const r = heldCorrelation(state);
  const spread = Math.sqrt(1 - r * r);
  const slope = r + shift * spread;
  return fisherZ(slope / Math.hypot(slope, spread)) - fisherZ(r);
}

function confidenceOf({ alternatives, effect_min }: RegressionEsrState, shares: readonly number[], { side }: Leading) {
  let confidence = 0;
  for (const [i, { part, shift }] of alternatives.entries())
    if (part === 'slope' && Math.sign(shift) === side && Math.abs(shift) >= effect_min) confidence += shares[i];
  return Math.min(1, confidence);
}

/** Whether the last two windows speak for the shift rather than against it. */
function isStillDrifted(state: RegressionEsrState, alternative: Alternative): boolean {
  let sum = 0;
  for (let age = 0; age < 2; age++) {
    const pair = pairAt(state.pairs, age);
    if (pair === null) continue;
    sum += logRatio(alternative, pair.x, regressionResidual(pair.x, pair.y, heldCorrelation(state)));
  }
  return sum > 0;
}
