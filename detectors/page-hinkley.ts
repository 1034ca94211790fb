import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { SignalKind } from '../contracts/signal.js';
import type { Verdict } from '../contracts/verdict.js';
import { cusumHeight } from './stats/delay-limit.js';
import { type EvidenceLevel, evidenceLevel, evidenceState, quietVerdict } from './stats/evidence-state.js';
import { emptyFigures, isUsable, type LevelFigures, levelDistance, readFigures } from './stats/level-log-ratio.js';
import { pearsonResidual } from './stats/pearson-residual.js';

const config = z.strictObject({
  delta: z
    .number()
    .positive()
    .max(2)
    .default(0.1)
    .describe(
      'what each call may deviate without counting, in standard deviations of one call; best at half the shift that ' +
        'matters: 0.1 is for shifts of 0.2, such as an answer rate from 0.20 to 0.12',
    ),
  threshold: z
    .number()
    .positive()
    .optional()
    .describe(
      'sum of deviations beyond delta at which it fires, in standard deviations of one call; default: from the ' +
        'false-alarm budget, e^h - h - 1 = 4 c delta^2, threshold h / (2 delta)',
    ),
  effect_min: z
    .number()
    .positive()
    .max(5)
    .optional()
    .describe('smallest shift worth acting on, in standard deviations of one call; default: delta'),
});
export type PageHinkleyConfig = z.infer<typeof config>;

/** One direction: what has added up since it last stood at zero. */
export interface PageHinkleySide {
  /** Deviations beyond delta, in standard deviations, over the dispersion. */
  sum: number;
  /** Plain deviations and units over the same span, and where the span began. */
  deviation: number;
  units: number;
  start_us: number;
}

export interface PageHinkleyState {
  readonly kind: SignalKind;
  readonly harmful: StreamTraits['harmful'];
  readonly delta: number;
  readonly threshold: number;
  readonly effect_min: number;
  readonly up: PageHinkleySide;
  readonly down: PageHinkleySide;
  /** Deviations less delta of the last two windows, up and down. */
  readonly last_up: number[];
  readonly last_down: number[];
  readonly last: LevelFigures;
  is_sufficient: boolean;
}

/**
 * Page-Hinkley on standardised deviations: the classical chart, for comparison.
 *
 * **Detects** a lasting shift of a level, up or down, best at 2 `delta`.
 *
 * **Formula.** With z_t the Pearson residual of window t, n_t its units and phi its dispersion, upwards U <- max(0, U +
 * (sqrt(n_t) z_t - n_t delta) / phi), downwards the same with -z_t; fires when U >= threshold. sqrt(n) z is a sum over
 * calls of deviations in standard deviations of one call, so no option is in the unit of the signal, and the size of
 * windows does not matter. The mean deviated from is the baseline's level, not a running mean, which a slow drift would
 * drag along. 2 delta U is the log-likelihood ratio of a Gaussian CUSUM, reported as `log_evidence`.
 *
 * **Promise.** None proven. The default threshold gives about c units between false alarms for near-normal sums and an
 * exact baseline; skewed rare rates and errors of the baseline bring them closer together. Prefer `mixture-e-sr`.
 *
 * **Verdict.** `effect`: mean deviation since the sum last stood at zero, put on the scale of `mixture-e-sr` (log odds,
 * log rate, standard deviations) so that either may open an episode; exaggerated as all such estimates are.
 * `effect_confidence`: normal probability that the deviation is `effect_min` or more. `change_us`: when the sum last
 * stood at zero. `details.deviation`: the mean deviation itself, in standard deviations of one call.
 *
 * **Edge input.** Windows without units, or with a figure that is not finite, are passed over; a history without spread
 * gives deviation 0. Nothing is reset after firing; sums are held at 1000 thresholds.
 *
 * **Cost** O(1). **Memory** under 1 KB of JSON.
 *
 * References: Page (1954), Hinkley (1971).
 */
export const pageHinkley: Detector<PageHinkleyConfig, PageHinkleyState> = {
  name: 'page-hinkley',
  summary: 'shift of a level: Page-Hinkley sums of standardised deviations, for comparison',
  kinds: ['proportion', 'rate', 'mean'],
  config,
  init,
  step(state, window) {
    if (isUsable(window, window.expected)) take(state, window);
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: PageHinkleyConfig, traits: StreamTraits): PageHinkleyState {
  if (traits.kind === 'relationship') throw new Error('page-hinkley watches levels; a relationship has none');
  const { delta } = options;
  // Both sides share the budget: each may fire once in 2 c units; the shift is 2 delta, so its divergence 2 delta^2.
  const fromBudget = cusumHeight(2 * Math.exp(traits.log_threshold) * 2 * delta * delta) / (2 * delta);
  return {
    kind: traits.kind,
    harmful: traits.harmful,
    delta,
    threshold: options.threshold ?? fromBudget,
    effect_min: options.effect_min ?? delta,
    up: { sum: 0, deviation: 0, units: 0, start_us: 0 },
    down: { sum: 0, deviation: 0, units: 0, start_us: 0 },
    last_up: [0, 0],
    last_down: [0, 0],
    last: emptyFigures(),
    is_sufficient: true,
  };
}

function take(state: PageHinkleyState, window: DetectionWindow): void {
  state.is_sufficient = window.expected.is_sufficient;
  readFigures(state.last, window);
  const deviation = pearsonResidual(state.kind, window, window.expected) * Math.sqrt(window.n);
  addToSide(state, state.up, state.last_up, window, deviation);
  addToSide(state, state.down, state.last_down, window, -deviation);
}

function addToSide(
  state: PageHinkleyState,
  side: PageHinkleySide,
  last: number[],
  window: DetectionWindow,
  deviation: number,
): void {
  const beyond = deviation - window.n * state.delta;
  last[0] = last[1];
  last[1] = beyond;
  if (side.sum === 0) {
    side.deviation = 0;
    side.units = 0;
    side.start_us = window.start_us;
  }
  side.sum = Math.min(1000 * state.threshold, Math.max(0, side.sum + beyond / state.last.dispersion));
  side.deviation += deviation;
  side.units += window.n;
}

function verdictOf(state: PageHinkleyState): Verdict {
  const isUp = state.up.sum >= state.down.sum;
  const side = isUp ? state.up : state.down;
  const logEvidence = 2 * state.delta * side.sum;
  const logThreshold = 2 * state.delta * state.threshold;
  const level = evidenceLevel(logEvidence, logThreshold);
  return level === 0
    ? quietVerdict(logEvidence, logThreshold, state.is_sufficient)
    : explain(state, side, isUp, level, logEvidence);
}

/** What is told from the warning level on. */
function explain(
  state: PageHinkleyState,
  side: PageHinkleySide,
  isUp: boolean,
  level: EvidenceLevel,
  logEvidence: number,
): Verdict {
  const size = side.units > 0 ? side.deviation / side.units : 0;
  const { dispersion } = state.last;
  const direction = isUp ? 'up' : 'down';
  const last = isUp ? state.last_up : state.last_down;
  return {
    state: evidenceState(level, state.is_sufficient),
    log_evidence: logEvidence,
    log_threshold: 2 * state.delta * state.threshold,
    direction,
    is_harmful: state.harmful === 'either' || state.harmful === direction,
    effect: effectOf(state, isUp ? size : -size),
    effect_confidence: normalCdf((size - state.effect_min) * Math.sqrt(side.units / dispersion), 0, 1),
    change_us: side.start_us,
    units_since_change: side.units,
    is_still_drifted: last[0] + last[1] > 0,
    details: { evidence_level: level, sum: side.sum, threshold: state.threshold, deviation: size, dispersion },
  };
}

/** A mean deviation in standard deviations of one call, on the scale of shifts; a hundredfold at most. */
function effectOf({ kind, last }: PageHinkleyState, deviation: number): number {
  if (kind === 'mean') return deviation;
  const minutesPerUnit = last.exposure_ms / 60_000 / last.n;
  const spread = kind === 'rate' ? Math.sqrt(last.level / minutesPerUnit) : Math.sqrt(last.level * (1 - last.level));
  if (!(last.n > 0 && Number.isFinite(spread))) return 0;
  const moved = last.level + deviation * spread;
  return levelDistance(kind, last, last.level, Math.min(last.level * 100, Math.max(last.level / 100, moved)));
}
