import { z } from 'zod';
import type { DetectionWindow, Detector, ExpectedLevel, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { bernoulliLogRatio, clampProportion } from './stats/bernoulli-log-ratio.js';
import { type ChangeMarks, changeTime, initChangeMarks, markChange } from './stats/change-marks.js';
import { type EvidenceLevel, evidenceLevel, evidenceState, quietVerdict } from './stats/evidence-state.js';
import { logit } from './stats/logit.js';
import {
  advanceShiryaevRoberts,
  changePosterior,
  evidenceShares,
  initShiryaevRoberts,
  logEvidence,
  type ShiryaevRoberts,
} from './stats/shiryaev-roberts.js';
import { Z95 } from './stats/z95.js';

/** Parts of a mix (twelve that are named, and the rest), and sizes of shift looked for on either side, at most. */
const PARTS_MAX = 13;
const SHIFTS_MAX = 6;

/** Windows whose counts are kept: what shares since a change are formed from. */
const WINDOWS_KEPT = 64;

/** Log-likelihood ratios of the window at hand, per alternative: written before they are read in every step. */
const RATIOS = new Float64Array(2 * SHIFTS_MAX * PARTS_MAX);

const config = z.strictObject({
  shifts: z
    .array(z.number().positive().max(5))
    .min(1)
    .max(SHIFTS_MAX)
    .default([0.2, 0.35, 0.6, 1])
    .describe(
      'sizes of shift of one part against all others that are looked for on either side, in log odds; the smallest also ' +
        'sets how much error of the baseline is passed over',
    ),
  null_standard_errors: z
    .number()
    .min(0)
    .max(3)
    .default(1)
    .describe('how far the share expected of a part may be off, in its standard errors; see mixture-e-sr'),
  effect_min: z
    .number()
    .positive()
    .max(5)
    .optional()
    .describe('smallest shift of a part worth acting on, in log odds; default: the smallest of `shifts`'),
});
export type MultinomialEsrConfig = z.infer<typeof config>;

export interface MultinomialEsrState {
  readonly log_threshold: number;
  readonly null_standard_errors: number;
  readonly effect_min: number;
  /** Sizes of shift; alternatives lie part by part, each size up and then down. */
  readonly sizes: number[];
  /** Null until the first window tells how many parts there are. */
  evidence: ShiryaevRoberts | null;
  readonly marks: ChangeMarks;
  /** Windows ever taken; window i lies at i modulo WINDOWS_KEPT: calls, and calls of each part. */
  seen: number;
  readonly counts: number[][];
  /** What was expected of the parts in the last window. */
  levels: ExpectedLevel[];
  is_sufficient: boolean;
}

/**
 * Mix e-detector: notices that calls divide into kinds otherwise than they did, and says which kind has moved.
 *
 * **Detects** a lasting change of the shares of a mix (dispositions, bins of duration), from the calls of each part per
 * window beside what the baseline expects of each, seasons and all.
 *
 * **Formula.** As in `correlation-e-sr`, one unit per window. An alternative moves one part i by d log odds against all
 * others, which keep their proportions to each other: q_j ~ p_j e^(d [j = i]). The multinomial likelihood ratio is then
 * that of part i alone, k_i d - n ln(1 + p_i (e^d - 1)), taken against the level of the part moved by
 * `null_standard_errors` standard errors towards the alternative, and divided by its dispersion. Weights are equal over
 * parts, sizes and sides.
 *
 * **Promise.** A threshold c keeps false alarms c windows or more apart on average for the whole mix, however many parts
 * it has and whatever the sizes of windows: each ratio has mean 1 or less. Division by the dispersion is measured, not
 * proven, as in `mixture-e-sr`.
 *
 * **Verdict.** `details.part`: which part the evidence says has moved, from 0; `part_share` its share of the evidence;
 * `evidence_0`, `evidence_1` ... the shares of all. `direction` and `effect` (posterior mean shift, log odds) are those of
 * that part; `effect_confidence` counts shifts of `effect_min` or more of any part. `r0` with `_low` and `_high`, `r`: share
 * of calls of the part expected (in the newest window), and since the change (of the newest 64 windows). `insufficient`
 * where the baseline of every part is too thin; a single part that is gathers no evidence and is left out of all figures. Where one part gains what another loses,
 * both have evidence, and the part with more is named.
 *
 * **Use.** `detect.mix_detector`, for relationships that name `parts`. The last part is then what none of them counts.
 *
 * **Edge input.** Passed over are windows without calls or parts, with another number of parts than the first, and with a
 * count that is negative, not whole or above the calls, or a figure that is not finite. Shares are resolved down to 1e-4.
 *
 * **Cost** O(parts x sizes) per window. **Memory** under 20 KB of JSON at thirteen parts.
 *
 * References: Shin, Ramdas, Rinaldo (2024), E-detectors, NEJSDS.
 */
export const multinomialEsr: Detector<MultinomialEsrConfig, MultinomialEsrState> = {
  name: 'multinomial-e-sr',
  summary: 'change of the shares of a mix, and which part moved: Shiryaev-Roberts e-detector with a bound in windows',
  kinds: ['mix'],
  config,
  init,
  step(state, window) {
    if (isTelling(state, window)) take(state, window, window.parts);
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: MultinomialEsrConfig, traits: StreamTraits): MultinomialEsrState {
  if (traits.kind !== 'relationship') throw new Error('multinomial-e-sr watches a mix');
  const sizes = [...options.shifts].sort((a, b) => a - b);
  return {
    log_threshold: traits.log_threshold,
    null_standard_errors: options.null_standard_errors,
    effect_min: options.effect_min ?? sizes[0],
    sizes,
    evidence: null,
    marks: initChangeMarks(),
    seen: 0,
    counts: [],
    levels: [],
    is_sufficient: true,
  };
}

type Parts = NonNullable<DetectionWindow['parts']>;

function isTelling(
  { evidence, levels }: MultinomialEsrState,
  window: DetectionWindow,
): window is DetectionWindow & { readonly parts: Parts } {
  const { n, parts } = window;
  if (parts === undefined || parts.length === 0 || parts.length > PARTS_MAX) return false;
  if (!(Number.isSafeInteger(n) && n > 0 && Number.isFinite(window.total))) return false;
  if (!hasFigures(window.expected)) return false;
  if (evidence !== null && levels.length !== parts.length) return false;
  return parts.every(
    ({ total, expected }) => Number.isSafeInteger(total) && total >= 0 && total <= n && hasFigures(expected),
  );
}

function hasFigures({ level, standard_error, value_sd, dispersion }: ExpectedLevel): boolean {
  return Number.isFinite(level + standard_error + value_sd + dispersion);
}

function take(state: MultinomialEsrState, { n, start_us, expected: whole }: DetectionWindow, parts: Parts): void {
  const { sizes, null_standard_errors } = state;
  const alternatives = 2 * sizes.length * parts.length;
  state.evidence ??= initShiryaevRoberts(Array.from({ length: alternatives }, () => 1 / alternatives));
  state.levels = parts.map(({ expected }) => ({ ...expected }));
  state.is_sufficient = whole.is_sufficient && parts.some(({ expected }) => expected.is_sufficient);
  let at = 0;
  for (const { total, expected } of parts)
    for (const size of sizes)
      for (const shift of [size, -size]) {
        const ratio = partRatio(total, n, expected, shift, null_standard_errors);
        // What a thin baseline gets wrong must not pile up; a ratio of at most 1 keeps the bound.
        RATIOS[at++] = expected.is_sufficient ? ratio : Math.min(0, ratio);
      }
  markChange(state.marks, state.evidence.units, start_us);
  advanceShiryaevRoberts(state.evidence, RATIOS, 1);
  state.counts[state.seen % WINDOWS_KEPT] = [n, ...parts.map(({ total }) => total)];
  state.seen++;
}

function partRatio(total: number, n: number, expected: ExpectedLevel, shift: number, standard_errors: number): number {
  const level = expected.level + Math.sign(shift) * standard_errors * expected.standard_error;
  return bernoulliLogRatio(total, n, level, shift) / Math.max(1, expected.dispersion);
}

function verdictOf(state: MultinomialEsrState): Verdict {
  const { evidence, log_threshold, is_sufficient } = state;
  if (evidence === null) return quietVerdict(0, log_threshold, true);
  const counted = countedEvidence(state, evidence);
  const log_evidence = logEvidence(counted);
  const level = evidenceLevel(log_evidence, log_threshold);
  return level === 0
    ? quietVerdict(log_evidence, log_threshold, is_sufficient)
    : explain(state, counted, log_evidence, level);
}

/**
 * The evidence without that of parts whose baseline is too thin: a rare part neither opens anything nor keeps the others
 * from it. What is left is less than all of it, so the bound holds. Where all are thin, all of it: nothing rests on it then.
 */
function countedEvidence({ levels, sizes }: MultinomialEsrState, evidence: ShiryaevRoberts): ShiryaevRoberts {
  const thin = levels.filter((expected) => !expected.is_sufficient).length;
  if (thin === 0 || thin === levels.length) return evidence;
  const of_part = 2 * sizes.length;
  const weights = evidence.weights.map((weight, at) => (levels[Math.floor(at / of_part)].is_sufficient ? weight : 0));
  return { ...evidence, weights };
}

/** Whether the last two windows speak for the shift of the part rather than against it. */
function isStillDrifted(state: MultinomialEsrState, part: number, shift: number): boolean {
  let sum = 0;
  for (const [n, ...totals] of lastWindows(state, 2))
    sum += partRatio(totals[part], n, state.levels[part], shift, state.null_standard_errors);
  return sum > 0;
}

interface PartEvidence {
  readonly share: number;
  readonly side: 1 | -1;
  /** Posterior mean shift, of both sides and of the leading one. */
  readonly shift: number;
  readonly side_shift: number;
  readonly confidence: number;
}

/** What is told from the warning level on. */
function explain(
  state: MultinomialEsrState,
  evidence: ShiryaevRoberts,
  log_evidence: number,
  level: EvidenceLevel,
): Verdict {
  const shares = evidenceShares(evidence);
  const parts = state.levels.map((_, part) => partEvidence(state, shares, part));
  const part = parts.reduce((best, one, at) => (one.share > parts[best].share ? at : best), 0);
  const { share, side, shift, side_shift } = parts[part];
  const change = changePosterior(evidence, shares);
  const windows = evidence.units - change.units;
  const expected = state.levels[part];
  return {
    state: evidenceState(level, state.is_sufficient),
    log_evidence,
    log_threshold: state.log_threshold,
    direction: side > 0 ? 'up' : 'down',
    is_harmful: true,
    effect: shift + nullOffset(expected, side * state.null_standard_errors),
    effect_confidence: Math.min(
      1,
      parts.reduce((sum, { confidence }) => sum + confidence, 0),
    ),
    change_us: changeTime(state.marks, change.units),
    units_since_change: windows,
    is_still_drifted: isStillDrifted(state, part, side_shift),
    details: {
      evidence_level: level,
      change_sd_units: change.sd,
      units: evidence.units,
      part,
      part_share: share,
      r0: expected.level,
      r0_low: Math.max(0, expected.level - Z95 * expected.standard_error),
      r0_high: Math.min(1, expected.level + Z95 * expected.standard_error),
      r: shareSince(state, part, windows),
      ...Object.fromEntries(parts.map((one, at) => [`evidence_${at}`, one.share])),
    },
  };
}

function partEvidence(
  { sizes, effect_min }: MultinomialEsrState,
  shares: readonly number[],
  part: number,
): PartEvidence {
  let [up, down, up_shift, down_shift, confidence] = [0, 0, 0, 0, 0];
  for (const [at, size] of sizes.entries()) {
    const first = 2 * (part * sizes.length + at);
    const [above, below] = [shares[first], shares[first + 1]];
    up += above;
    down += below;
    up_shift += above * size;
    down_shift -= below * size;
    if (size >= effect_min) confidence += above + below;
  }
  const share = up + down;
  const side = up >= down ? 1 : -1;
  const of = (sum: number, among: number) => (among > 0 ? sum / among : 0);
  return {
    share,
    side,
    shift: of(up_shift + down_shift, share),
    side_shift: side > 0 ? of(up_shift, up) : of(down_shift, down),
    confidence,
  };
}

/** How far the null of a side lies from the level, in log odds. */
function nullOffset({ level, standard_error }: ExpectedLevel, standard_errors: number): number {
  return logit(clampProportion(level + standard_errors * standard_error)) - logit(clampProportion(level));
}

function lastWindows({ seen, counts }: MultinomialEsrState, windows: number): number[][] {
  const kept = Math.min(Math.max(1, Math.round(windows)), counts.length);
  return Array.from({ length: kept }, (_, age) => counts[(seen - 1 - age) % WINDOWS_KEPT]);
}

function shareSince(state: MultinomialEsrState, part: number, windows: number): number {
  const counted = lastWindows(state, windows);
  return counted.reduce((sum, row) => sum + row[part + 1], 0) / counted.reduce((sum, [n]) => sum + n, 0);
}
