import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { SignalKind } from '../contracts/signal.js';
import type { Verdict } from '../contracts/verdict.js';
import { type ChangeMarks, changeTime, initChangeMarks, markChange } from './stats/change-marks.js';
import { type EvidenceLevel, evidenceLevel, evidenceState, quietVerdict } from './stats/evidence-state.js';
import {
  emptyFigures,
  isUsable,
  type LevelFigures,
  levelDistance,
  levelGrowth,
  levelLogRatios,
  levelSideRatio,
  readFigures,
} from './stats/level-log-ratio.js';
import { shiftWeights } from './stats/shift-weights.js';
import {
  advanceShiryaevRoberts,
  changePosterior,
  evidenceShares,
  giveHeadStart,
  initShiryaevRoberts,
  logEvidence,
  type ShiryaevRoberts,
} from './stats/shiryaev-roberts.js';

/** Sizes of shift looked for at most, on either side. */
const SHIFTS_MAX = 16;

/** Log-likelihood ratios of the window at hand, per alternative: written before they are read in every step. */
const RATIOS = new Float64Array(4 * SHIFTS_MAX);

/** A head start is at most this share of the threshold: early false alarms stay rare however small the budget is. */
const HEAD_START_SHARE_MAX = 0.1;

const config = z.strictObject({
  shifts: z
    .array(z.number().positive().max(5))
    .min(1)
    .max(SHIFTS_MAX)
    .default([0.2, 0.35, 0.6, 1])
    .describe(
      'sizes of shift that are looked for on either side, in log odds (proportions), log rate (rates) or standard ' +
        'deviations of one value (means); the smallest also sets how much error of the baseline is passed over',
    ),
  harmful_weight: z
    .number()
    .min(0.5)
    .max(0.99)
    .default(0.8)
    .describe(
      'share of the evidence, a probability, that is staked on the harmful side; at 0.8 harm is found nearly as soon ' +
        'as if nothing else were looked for, and the other side costs ln 4 more',
    ),
  null_standard_errors: z
    .number()
    .min(0)
    .max(3)
    .default(1)
    .describe(
      'how far the level expected may be off, in standard errors of the baseline: what lies within is no drift; 1 keeps ' +
        'the false-alarm bound from a history of a few thousand calls on',
    ),
  head_start: z
    .number()
    .min(0)
    .max(10)
    .default(2)
    .describe(
      'evidence in hand when watching begins, in multiples of the units that each shift takes to give one nat; 2 is about ' +
        'what has gathered by itself later on, so that a drift which is there from the start is found as soon as any ' +
        'other; 0 begins from nothing',
    ),
  effect_min: z
    .number()
    .positive()
    .max(5)
    .optional()
    .describe('smallest shift worth acting on, on the scale of `shifts`; default: the smallest of them'),
});
export type MixtureEsrConfig = z.infer<typeof config>;

export interface MixtureEsrState {
  readonly kind: SignalKind;
  readonly harmful: StreamTraits['harmful'];
  readonly upper: number | null;
  /** From the first window on with the head start added. */
  log_threshold: number;
  readonly null_standard_errors: number;
  readonly head_start: number;
  readonly effect_min: number;
  /** Alternatives: signed shifts and e^shift - 1, upward ones first; means look for all of them in two forms. */
  readonly shifts: number[];
  readonly growths: number[];
  readonly evidence: ShiryaevRoberts;
  readonly marks: ChangeMarks;
  /** The last window and the one before. */
  last: LevelFigures;
  previous: LevelFigures;
  is_sufficient: boolean;
}

/**
 * Mixture Shiryaev-Roberts e-detector: the decision detector for proportions, rates and means.
 *
 * **Detects** a lasting shift of a level away from its baseline, up or down, of any size in the range of `shifts`, from
 * window totals; tells since when and by how much.
 *
 * **Formula.** For alternatives d_i with weights w_i, log-likelihood ratios l_t(d_i) of window t and its units m_t: M_i
 * <- (M_i + m_t) exp(l_t(d_i)), E = sum w_i M_i; `drift` when ln E >= the log threshold, `warn` at a twentieth. l_t is
 * Bernoulli, Poisson (exposure in minutes) or, for means, a bounded and a finite-variance e-value from sums alone,
 * taken against the level +- `null_standard_errors` standard errors, and divided by the dispersion. M_i begins at
 * `head_start` over the growth of l per unit under d_i, together r units (at most a tenth of c), and the threshold is
 * c + r.
 *
 * **Promise.** A threshold c keeps false alarms c units (calls, turns) or more apart on average, for any sizes of
 * windows and any seasonal baseline fixed before the window: E less the units seen begins at r and has no drift. Division by the dispersion is a quasi-likelihood: with it
 * the promise is measured, not proven. Finite-variance evidence for means leans on the baseline's `value_sd`.
 *
 * **Verdict.** `effect`: posterior mean shift from the level, on the scale of `shifts`. `effect_confidence`: share of
 * the evidence on the leading side with shifts of `effect_min` or more. `change_us`: posterior mean of the start, to
 * the window; `details.change_sd_units` its standard deviation. All but the evidence is told from the warning level on.
 * `details.evidence_level` (0 quiet, 1 warn, 2 drift) is what the evidence says by itself: with an insufficient
 * baseline the state is `insufficient`, and evidence goes on adding up.
 *
 * **Edge input.** A window without units, or with a figure that is not finite, is passed over. A constant history
 * (value_sd 0) leaves the bounded form alone; an `upper` that is not known leaves falls to the other. Proportions are
 * resolved down to 1e-4. After `drift` nothing is reset: the caller begins afresh when a directive changes what the stream is
 * held against; evidence stops growing near e^600.
 *
 * **Cost** O(alternatives) per window: 8, or 16 for means. **Memory** under 10 KB of JSON, whatever the length.
 *
 * References: Shin, Ramdas, Rinaldo (2024), E-detectors, NEJSDS; head start: Moustakides, Polunchenko, Tartakovsky
 * (2011), Statistica Sinica 21; Fan, Grama, Liu (2015); Delyon (2009).
 */
export const mixtureEsr: Detector<MixtureEsrConfig, MixtureEsrState> = {
  name: 'mixture-e-sr',
  summary: 'shift of a level: mixture Shiryaev-Roberts e-detector with a false-alarm bound in calls',
  kinds: ['proportion', 'rate', 'mean'],
  config,
  init,
  step(state, window) {
    if (isUsable(window, window.expected)) take(state, window);
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: MixtureEsrConfig, traits: StreamTraits): MixtureEsrState {
  if (traits.kind === 'relationship') throw new Error('mixture-e-sr watches levels; a relationship has none');
  const sizes = [...options.shifts].sort((a, b) => a - b);
  const forms = traits.kind === 'mean' ? 2 : 1;
  const sides = [...sizes, ...sizes.map((size) => -size)];
  const shifts = Array.from({ length: forms }, () => sides).flat();
  const weights = shiftWeights(shifts, traits.harmful, options.harmful_weight);
  if (forms === 2 && (traits.upper ?? null) === null) passBoundedFallsOn(weights, shifts);
  return {
    kind: traits.kind,
    harmful: traits.harmful,
    upper: traits.upper ?? null,
    log_threshold: traits.log_threshold,
    null_standard_errors: options.null_standard_errors,
    head_start: options.head_start,
    effect_min: options.effect_min ?? sizes[0],
    shifts,
    growths: shifts.map((shift) => Math.expm1(shift)),
    evidence: initShiryaevRoberts(weights),
    marks: initChangeMarks(),
    last: emptyFigures(),
    previous: emptyFigures(),
    is_sufficient: true,
  };
}

/**
 * Where the largest value is not known the bounded form says nothing of falls: it would only gather a start for each unit,
 * until these are an alarm by themselves. Its weight goes to the companions, which do say something.
 */
function passBoundedFallsOn(weights: number[], shifts: readonly number[]): void {
  const bounded = shifts.length / 2;
  for (let i = 0; i < bounded; i++) {
    if (shifts[i] > 0) continue;
    weights[bounded + i] += weights[i];
    weights[i] = 0;
  }
}

function take(state: MixtureEsrState, window: DetectionWindow): void {
  const figures = state.previous;
  state.previous = state.last;
  state.last = figures;
  readFigures(figures, window);
  state.is_sufficient = window.expected.is_sufficient;
  const { kind, shifts, growths, upper } = state;
  if (state.evidence.units === 0 && state.head_start > 0) startAhead(state);
  const margin = state.null_standard_errors * figures.standard_error;
  const high = figures.level + margin;
  const low = figures.level - margin;
  levelLogRatios(RATIOS, kind, figures, { low, high, upper }, shifts, growths);
  markChange(state.marks, state.evidence.units, window.start_us);
  advanceShiryaevRoberts(state.evidence, RATIOS, figures.n);
}

function verdictOf(state: MixtureEsrState): Verdict {
  const log_evidence = logEvidence(state.evidence);
  const level = evidenceLevel(log_evidence, state.log_threshold);
  return level === 0
    ? quietVerdict(log_evidence, state.log_threshold, state.is_sufficient)
    : explain(state, log_evidence, level);
}

/** Gives the first window's alternatives their head start, and asks for as much more evidence before an alarm. */
function startAhead(state: MixtureEsrState): void {
  const { kind, shifts, growths, upper, last, evidence, head_start } = state;
  const margin = state.null_standard_errors * last.standard_error;
  const bounded = kind === 'mean' ? shifts.length / 2 : shifts.length;
  const masses = shifts.map((shift, i) => {
    const nullLevel = last.level + Math.sign(shift) * margin;
    const growth = levelGrowth(kind, last, nullLevel, shift, growths[i], i < bounded ? 'bounded' : 'spread', upper);
    return growth > 0 ? head_start / growth : 0;
  });
  const threshold = Math.exp(state.log_threshold);
  state.log_threshold += Math.log1p(giveHeadStart(evidence, masses, HEAD_START_SHARE_MAX * threshold) / threshold);
}

/** What is told from the warning level on. */
function explain(state: MixtureEsrState, log_evidence: number, level: EvidenceLevel): Verdict {
  const { shifts, evidence, last, previous } = state;
  const shares = evidenceShares(evidence);
  let upShare = 0;
  for (let i = 0; i < shifts.length; i++) if (shifts[i] > 0) upShare += shares[i];
  const side = upShare >= 0.5 ? 1 : -1;
  const sideShare = side > 0 ? upShare : 1 - upShare;
  let meanShift = 0;
  let sideShift = 0;
  let confidence = 0;
  for (let i = 0; i < shifts.length; i++) {
    const shift = shifts[i];
    meanShift += shares[i] * shift;
    if (Math.sign(shift) !== side) continue;
    sideShift += (shares[i] * shift) / sideShare;
    if (Math.abs(shift) >= state.effect_min) confidence += shares[i];
  }
  const change = changePosterior(evidence, shares);
  const direction = side > 0 ? 'up' : 'down';
  return {
    state: evidenceState(level, state.is_sufficient),
    log_evidence,
    log_threshold: state.log_threshold,
    direction,
    is_harmful: state.harmful === 'either' || state.harmful === direction,
    effect: meanShift + upShare * nullOffset(state, 1) + (1 - upShare) * nullOffset(state, -1),
    effect_confidence: Math.min(1, confidence),
    change_us: changeTime(state.marks, change.units),
    units_since_change: evidence.units - change.units,
    is_still_drifted: sideEvidence(state, last, sideShift) + sideEvidence(state, previous, sideShift) > 0,
    details: {
      evidence_level: level,
      direction_share: sideShare,
      change_sd_units: change.sd,
      dispersion: last.dispersion,
      units: evidence.units,
    },
  };
}

/** How far the null of a side lies from the level, on the scale of the shifts. */
function nullOffset(state: MixtureEsrState, side: 1 | -1): number {
  const { level, standard_error, n } = state.last;
  if (n === 0 || standard_error === 0) return 0;
  return levelDistance(state.kind, state.last, level, level + side * state.null_standard_errors * standard_error);
}

function sideEvidence(state: MixtureEsrState, figures: LevelFigures, shift: number): number {
  if (figures.n === 0) return 0;
  const margin = Math.sign(shift) * state.null_standard_errors * figures.standard_error;
  return levelSideRatio(state.kind, figures, figures.level + margin, shift);
}
