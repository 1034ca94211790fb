import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { associationLogRatio } from './stats/association-log-ratio.js';
import { clampProportion } from './stats/bernoulli-log-ratio.js';
import { type ChangeMarks, changeTime, initChangeMarks, markChange } from './stats/change-marks.js';
import { correlationLogRatio } from './stats/correlation-log-ratio.js';
import { evidenceLevel, evidenceState, quietVerdict } from './stats/evidence-state.js';
import { fisherZ } from './stats/fisher-interval.js';
import {
  emptyFigures,
  isUsable,
  type LevelFigures,
  levelDistance,
  levelLogRatio,
  levelSideRatio,
  readFigures,
} from './stats/level-log-ratio.js';
import { expit, logit } from './stats/logit.js';
import { isTelling, LOG_ODDS_PER_Z } from './stats/outcome-table.js';
import { isPairSufficient, residualPair } from './stats/residual-pair.js';
import {
  advanceShiryaevRoberts,
  changePosterior,
  evidenceShares,
  initShiryaevRoberts,
  logEvidence,
  type ShiryaevRoberts,
} from './stats/shiryaev-roberts.js';

/** How far back an alternative lies, in distances from the midpoint to the baseline: 1 is the baseline itself. */
const RETURNS = [0.5, 1, 1.5, 2] as const;
const BASELINE_AT = 1;

/** Log-likelihood ratios of the window at hand, per alternative: written before they are read in every step. */
const RATIOS = new Float64Array(RETURNS.length);

/**
 * A return is hinted at from a quarter of the threshold on: thresholds are too low for a twentieth to mean anything.
 */
const LOG_HINT_GAP = Math.log(4);

const config = z.strictObject({
  drift_effect: z
    .number()
    .min(-10)
    .max(10)
    .refine((effect) => effect !== 0, 'a shift other than 0')
    .describe(
      "the effect in the verdict that opened the episode: log odds, log rate, standard deviations of a value, Fisher's z",
    ),
  recovery_log_threshold: z
    .number()
    .positive()
    .max(500)
    .describe(
      'natural logarithm of the units (calls; windows of a relationship) that must pass on average before an episode ' +
        'that goes on is closed in error; no default: it is the calls that a whole episode takes at throttled volume',
    ),
  part: z.number().int().min(0).max(12).optional().describe('of a mix: which part has moved, from 0'),
});
export type RecoveryEsrConfig = z.infer<typeof config>;

export interface RecoveryEsrState {
  readonly kind: StreamTraits['kind'];
  readonly sides: NonNullable<StreamTraits['sides']> | null;
  readonly upper: number | null;
  /** Of a mix: which part has moved. */
  readonly part: number | null;
  readonly drift_effect: number;
  readonly log_threshold: number;
  readonly evidence: ShiryaevRoberts;
  readonly marks: ChangeMarks;
  readonly figures: LevelFigures;
  /** Distance from midpoint to baseline in the last window, on the scale of the shift. */
  distance: number;
  /** Log-likelihood ratios of baseline against midpoint in the last two windows. */
  readonly last_ratios: number[];
  is_sufficient: boolean;
}

/**
 * Recovery test: whether a level (or correlation) that had drifted has come back. An episode is closed by this
 * evidence, never by the mere absence of evidence for drift, and never by a timer.
 *
 * **The state `drift` of its verdict means "recovered"**: evidence of a shift away from where the drift held the
 * stream. `warn` (from a quarter of the threshold on) means it looks that way; `quiet` means the episode goes on.
 *
 * **Formula.** As in `mixture-e-sr`, with the null turned about: the level lies on the drifted side of the midpoint
 * between baseline and drifted level (natural scale; Fisher's z for a relationship, a quarter of the log odds ratio for one
 * within calls; of a mix the share of the part that had moved, one unit per window). Alternatives lie at 0.5, 1, 1.5
 * and 2 times the distance from midpoint to baseline, with equal weight. A level further out than the midpoint gives
 * less evidence still, so the promise holds for every level there.
 *
 * **Promise.** While the drift lasts, `recovery_log_threshold` = ln c keeps wrong closings c units or more apart.
 * A directive that lowers the volume also lowers the units in which this counts.
 *
 * **Verdict.** `effect`: posterior mean of what is left of the shift, 0 at the baseline, on the scale of
 * `drift_effect`. `direction`: the way back. `is_harmful` is always false. `effect_confidence`: share of the evidence
 * on a return to the baseline or beyond. `change_us`: when the return began. `is_still_drifted`: the last two windows
 * still speak for the drifted side; told in every state.
 *
 * **Edge input.** A window without units, or with a figure that is not finite, is passed over. Means need a history
 * with spread (`value_sd` > 0): without it there is no distance to come back over, and the test stays quiet.
 *
 * **Cost** O(1), four alternatives. **Memory** under 10 KB of JSON.
 *
 * References: Shin, Ramdas, Rinaldo (2024).
 */
export const recoveryEsr: Detector<RecoveryEsrConfig, RecoveryEsrState> = {
  name: 'recovery-e-sr',
  summary: 'whether a drifted stream has come back: Shiryaev-Roberts e-detector whose `drift` means recovered',
  kinds: ['proportion', 'rate', 'mean', 'relationship', 'association', 'mix'],
  config,
  init,
  step(state, window) {
    const isTaken = weigh(state, window);
    if (isTaken) {
      markChange(state.marks, state.evidence.units, window.start_us);
      advanceShiryaevRoberts(state.evidence, RATIOS, state.kind === 'relationship' ? 1 : window.n);
    }
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: RecoveryEsrConfig, traits: StreamTraits): RecoveryEsrState {
  if (traits.kind === 'relationship' && traits.sides === undefined) {
    throw new Error('recovery-e-sr of a relationship: traits.sides is required');
  }
  const weights = RETURNS.map(() => 1 / RETURNS.length);
  return {
    kind: traits.kind,
    sides: traits.sides === undefined ? null : { x: traits.sides.x, y: traits.sides.y },
    upper: traits.upper ?? null,
    part: options.part ?? null,
    drift_effect: options.drift_effect,
    log_threshold: options.recovery_log_threshold,
    evidence: initShiryaevRoberts(weights),
    marks: initChangeMarks(),
    figures: emptyFigures(),
    distance: Math.abs(options.drift_effect) / 2,
    last_ratios: [0, 0],
    is_sufficient: true,
  };
}

/** Fills the log ratios from a window; false where it says nothing. */
function weigh(state: RecoveryEsrState, window: DetectionWindow): boolean {
  const { kind, part } = state;
  if (kind !== 'relationship') return weighLevel(state, kind, window);
  if (part === null) return weighPair(state, window);
  // A part of a mix comes back as a proportion does.
  const moved = window.parts?.[part];
  if (moved === undefined || !isUsable(window, window.expected)) return false;
  const is_sufficient = window.expected.is_sufficient && moved.expected.is_sufficient;
  return weighLevel(state, 'proportion', {
    ...window,
    total: moved.total,
    expected: { ...moved.expected, is_sufficient },
  });
}

type LevelKind = Exclude<RecoveryEsrState['kind'], 'relationship'>;

/** Fills the log ratios from a window of a level; false where it says nothing. */
function weighLevel(state: RecoveryEsrState, kind: LevelKind, window: DetectionWindow): boolean {
  const { figures, drift_effect } = state;
  if (!isUsable(window, window.expected)) return false;
  readFigures(figures, window);
  const midpoint = levelMidpoint(kind, figures, drift_effect);
  const back = levelDistance(kind, figures, midpoint, figures.level);
  state.is_sufficient = window.expected.is_sufficient;
  state.distance = Math.abs(back);
  for (let i = 0; i < RETURNS.length; i++) {
    const shift = RETURNS[i] * back;
    RATIOS[i] =
      back === 0 ? 0 : levelLogRatio(kind, figures, midpoint, shift, Math.expm1(shift), 'spread', state.upper);
  }
  keepRatio(state, back === 0 ? 0 : levelSideRatio(kind, figures, midpoint, back) / figures.dispersion);
  return true;
}

/** Halfway from the level to where the shift takes it, in the natural scale of the signal. */
function levelMidpoint(kind: LevelKind, figures: LevelFigures, shift: number) {
  if (kind === 'mean') return figures.level + (shift * figures.value_sd) / 2;
  if (kind === 'rate') return (figures.level * (1 + Math.exp(shift))) / 2;
  const level = clampProportion(figures.level);
  return (level + expit(logit(level) + shift)) / 2;
}

/** Fills the log ratios from a window of a relationship; false where it says nothing. */
function weighPair(state: RecoveryEsrState, window: DetectionWindow): boolean {
  const correlation = window.expected_correlation?.correlation;
  const ratioOf = relationshipRatio(state, window);
  if (ratioOf === null || correlation === undefined) return false;
  const back = -state.drift_effect / 2;
  const midpoint = fisherZ(correlation) - back;
  state.is_sufficient = isPairSufficient(window);
  state.distance = Math.abs(back);
  for (let i = 0; i < RETURNS.length; i++) RATIOS[i] = ratioOf(midpoint + RETURNS[i] * back, midpoint);
  keepRatio(state, RATIOS[BASELINE_AT]);
  return true;
}

/** The log-likelihood ratio of a window between two relationships in Fisher's z; null where it says nothing. */
function relationshipRatio(
  { sides }: RecoveryEsrState,
  window: DetectionWindow,
): ((alternative: number, against: number) => number) | null {
  const { table } = window;
  if (table !== undefined) {
    if (!isTelling(table) || !isUsable(window, window.expected)) return null;
    return (alternative, against) => associationLogRatio(table, LOG_ODDS_PER_Z * alternative, LOG_ODDS_PER_Z * against);
  }
  const pair = sides === null ? null : residualPair(window, sides);
  if (pair === null) return null;
  return (alternative, against) => correlationLogRatio(pair.x, pair.y, Math.tanh(alternative), Math.tanh(against));
}

function keepRatio(state: RecoveryEsrState, ratio: number): void {
  state.last_ratios[0] = state.last_ratios[1];
  state.last_ratios[1] = ratio;
}

function verdictOf(state: RecoveryEsrState): Verdict {
  const { evidence, log_threshold, is_sufficient } = state;
  const log_evidence = logEvidence(evidence);
  const level = evidenceLevel(log_evidence, log_threshold, LOG_HINT_GAP);
  const isStillDrifted = state.last_ratios[0] + state.last_ratios[1] <= 0;
  if (level === 0) {
    return { ...quietVerdict(log_evidence, log_threshold, is_sufficient), is_still_drifted: isStillDrifted };
  }
  const shares = evidenceShares(evidence);
  let left = 0;
  let confidence = 0;
  for (let i = 0; i < RETURNS.length; i++) {
    left += shares[i] * (1 - RETURNS[i]) * state.distance;
    if (RETURNS[i] >= 1) confidence += shares[i];
  }
  const change = changePosterior(evidence, shares);
  return {
    state: evidenceState(level, is_sufficient),
    log_evidence,
    log_threshold,
    direction: state.drift_effect > 0 ? 'down' : 'up',
    is_harmful: false,
    effect: Math.sign(state.drift_effect) * left,
    effect_confidence: Math.min(1, confidence),
    change_us: changeTime(state.marks, change.units),
    units_since_change: evidence.units - change.units,
    is_still_drifted: isStillDrifted,
    details: { evidence_level: level, change_sd_units: change.sd, units: evidence.units },
  };
}
