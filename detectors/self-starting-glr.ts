import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { evidenceLevel, evidenceState, quietVerdict } from './stats/evidence-state.js';
import { isUsable } from './stats/level-log-ratio.js';
import { addSplitRow, dropSplitRows, findLevelSplit, initSplitSearch, type SplitSearch } from './stats/level-split.js';
import { VALUE_SD_MIN } from './stats/pearson-residual.js';

const config = z.strictObject({
  threshold: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe('evidence at which it fires, in nats; default: the logarithm of the false-alarm budget'),
  effect_min: z
    .number()
    .positive()
    .max(5)
    .default(0.2)
    .describe('smallest shift worth acting on, in standard deviations of one value, as in `mixture-e-sr`'),
});
export type SelfStartingGlrConfig = z.infer<typeof config>;

export interface SelfStartingGlrState {
  readonly harmful: StreamTraits['harmful'];
  readonly log_threshold: number;
  readonly effect_min: number;
  readonly search: SplitSearch;
  /** Start and units of each kept window. */
  readonly starts_us: number[];
  readonly units: number[];
  is_sufficient: boolean;
  /** What the last window came to; figures of the shift are 0 where there is none. */
  evidence: number;
  shift: number;
  effect: number;
  change_us: number;
  units_since_change: number;
  dispersion: number;
  is_still_drifted: boolean;
}

/**
 * Change of level with nothing known beforehand: no level, no spread, no direction.
 *
 * **Detects** lasting changes of a continuous signal, and when they began: for signals without a baseline worth the name,
 * and for what departs from a baseline that is itself off. After a change it starts anew from the level changed to.
 *
 * **Formula.** Over the windows since the last change (300 at most), the best of all splits into two levels: G = (L/2) ln(RSS0 /
 * RSS1) - 3 ln L, over sqrt((1 + r) / (1 - r)), with r the autocorrelation of the residuals; it waits until each side
 * holds 5 windows. Fires when that is at the threshold.
 *
 * **Promise.** None proven. Where windows are independent and near normal the penalty makes it fire less often than the
 * budget allows; long memory that r does not show brings false alarms closer together. A trend is told as steps.
 *
 * **Verdict.** A change is one `drift`. `effect`: difference of the two levels in standard deviations of one value
 * (from what the two levels leave over, where the baseline has none); exaggerated as all such estimates are.
 * `change_us`: start of the first window of the new level.
 *
 * **Edge input.** Windows without units, or with a figure that is not finite, are passed over; windows that do not vary
 * hold no evidence.
 *
 * **Cost** O(300) a window. **Memory** under 16 KB of JSON.
 *
 * References: Hawkins and Zamba (2005, unknown parameters), Zhang and Siegmund (2007, penalties), Romano et al. (2022,
 * autocorrelation).
 */
export const selfStartingGlr: Detector<SelfStartingGlrConfig, SelfStartingGlrState> = {
  name: 'self-starting-glr',
  summary: 'change of level with nothing known beforehand: likelihood ratio over every split since the last change',
  kinds: ['mean'],
  config,
  init(options, traits) {
    return {
      harmful: traits.harmful,
      log_threshold: options.threshold ?? traits.log_threshold,
      effect_min: options.effect_min,
      search: initSplitSearch(1),
      starts_us: [],
      units: [],
      is_sufficient: true,
      evidence: 0,
      shift: 0,
      effect: 0,
      change_us: 0,
      units_since_change: 0,
      dispersion: 1,
      is_still_drifted: false,
    };
  },
  step(state, window) {
    if (isUsable(window, window.expected)) take(state, window);
    return { state, verdict: verdictOf(state) };
  },
};

function take(state: SelfStartingGlrState, window: DetectionWindow): void {
  const { search, starts_us, units } = state;
  state.is_sufficient = window.expected.is_sufficient;
  starts_us.push(window.start_us);
  units.push(window.n);
  if (addSplitRow(search, [window.total / window.n - window.expected.level])) drop(state, 1);
  const split = findLevelSplit(search);
  state.evidence = Math.max(0, split?.evidence ?? 0);
  state.dispersion = split?.dispersion ?? 1;
  if (split === null || state.evidence === 0) {
    state.shift = 0;
    state.effect = 0;
    state.is_still_drifted = false;
    return;
  }
  const values = search.dimensions[0];
  const sides = sidesOf(values, split.at);
  const value_sd = window.expected.value_sd;
  const spread = value_sd > VALUE_SD_MIN ? value_sd : sides.sd * Math.sqrt(window.n);
  state.shift = sides.after - sides.before;
  state.effect = spread > VALUE_SD_MIN ? state.shift / spread : 0;
  state.change_us = starts_us[split.at];
  state.units_since_change = units.slice(split.at).reduce((sum, one) => sum + one, 0);
  const middle = (sides.before + sides.after) / 2;
  state.is_still_drifted = state.shift * ((values.at(-1)! + values.at(-2)!) / 2 - middle) > 0;
  if (state.evidence < state.log_threshold) return;
  dropSplitRows(search, split.at);
  drop(state, split.at);
}

function drop({ starts_us, units }: SelfStartingGlrState, windows: number): void {
  starts_us.splice(0, windows);
  units.splice(0, windows);
}

/** Levels on both sides of a split, and the standard deviation of what they leave over. */
function sidesOf(values: readonly number[], at: number) {
  const meanOf = (part: readonly number[]) => part.reduce((sum, value) => sum + value, 0) / part.length;
  const before = meanOf(values.slice(0, at));
  const after = meanOf(values.slice(at));
  let squares = 0;
  for (const [index, value] of values.entries()) squares += (value - (index < at ? before : after)) ** 2;
  return { before, after, sd: Math.sqrt(squares / values.length) };
}

function verdictOf(state: SelfStartingGlrState): Verdict {
  const { evidence, log_threshold, effect, shift, harmful } = state;
  const level = evidenceLevel(evidence, log_threshold);
  if (level === 0 || shift === 0) return quietVerdict(evidence, log_threshold, state.is_sufficient);
  const direction = shift > 0 ? 'up' : 'down';
  return {
    state: evidenceState(level, state.is_sufficient),
    log_evidence: evidence,
    log_threshold,
    direction,
    is_harmful: harmful === 'either' || harmful === direction,
    effect,
    effect_confidence: normalCdf(
      ((Math.abs(effect) - state.effect_min) * Math.sqrt(state.units_since_change)) / state.dispersion,
      0,
      1,
    ),
    change_us: state.change_us,
    units_since_change: state.units_since_change,
    is_still_drifted: state.is_still_drifted,
    details: { evidence_level: level, shift, dispersion: state.dispersion, windows: state.search.dimensions[0].length },
  };
}
