import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { addToRunLengths, initRunLengths, type RunLengths } from './stats/bocpd.js';
import { type ChangeMarks, changeTime, initChangeMarks, markChange } from './stats/change-marks.js';
import { chartVerdict, initLevelChart, type LevelChart, readLevelChart } from './stats/level-chart.js';
import { isUsable } from './stats/level-log-ratio.js';

/** Log odds are told within this. */
const LOG_ODDS_MAX = 600;

const config = z.strictObject({
  units_between_changes: z
    .number()
    .min(10)
    .max(1e9)
    .default(10_000)
    .describe('how often the level is taken to change, in units (calls); what it says leans heavily on this'),
  level_sd: z
    .number()
    .positive()
    .max(10)
    .default(0.2)
    .describe('spread of the levels at a change, in standard deviations of one unit; 0.2 is a rate from 0.20 to 0.12'),
  recent_units: z
    .number()
    .int()
    .min(1)
    .max(1e9)
    .default(2_000)
    .describe('a change counts as one while it lies no more units back than this; later its level is the normal one'),
  probability: z
    .number()
    .min(0.5)
    .max(0.999999)
    .default(0.99)
    .describe('chance of a recent change at which it fires; not a budget'),
  effect_min: z
    .number()
    .positive()
    .max(5)
    .default(0.1)
    .describe('smallest shift worth acting on, in standard deviations of one unit; 0.1 is a rate from 0.20 to 0.16'),
});
export type BocpdConfig = z.infer<typeof config>;

export interface BocpdState {
  readonly chart: LevelChart;
  readonly log_threshold: number;
  readonly units_between_changes: number;
  readonly level_precision: number;
  readonly recent_units: number;
  readonly runs: RunLengths;
  readonly marks: ChangeMarks;
}

/**
 * Bayesian online change-point detection, for comparison: how long the present level has held.
 *
 * **Detects** a shift of a level, up or down, against its own past.
 *
 * **Formula.** Deviations from what is expected, in standard deviations of one unit, are normal with the dispersion as
 * their variance around a level; a change draws a new level, normal with mean 0 and spread `level_sd`, and comes with a
 * window of n units with chance n / `units_between_changes`. The chances of all run lengths follow by Bayes' rule;
 * runs of a chance below 1e-12, and beyond 96 the least likely, are forgotten. A window counts as its n units at once.
 * `log_evidence` is the log odds that the present run began within `recent_units`, and not with the stream.
 *
 * **Promise.** None: a posterior holds no false-alarm rate, and leans on how often changes are taken to come.
 *
 * **Verdict.** `effect`: mean level of the recent runs against what is expected, on the scale of `mixture-e-sr`.
 * `change_us`: where the likeliest of them began.
 *
 * **Edge input.** Windows without units, or with a figure that is not finite, are passed over; a history without spread
 * gives deviation 0.
 *
 * **Cost** O(runs), 97 at most. **Memory** under 20 KB of JSON.
 *
 * References: Adams and MacKay (2007).
 */
export const bocpd: Detector<BocpdConfig, BocpdState> = {
  name: 'bocpd',
  summary: 'shift of a level against its past: Bayesian online change-point detection, for comparison',
  kinds: ['proportion', 'rate', 'mean'],
  config,
  init,
  step(state, window) {
    if (isUsable(window, window.expected)) take(state, window);
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: BocpdConfig, traits: StreamTraits): BocpdState {
  return {
    chart: initLevelChart('bocpd', traits, options.effect_min),
    log_threshold: Math.log(options.probability / (1 - options.probability)),
    units_between_changes: options.units_between_changes,
    level_precision: 1 / (options.level_sd * options.level_sd),
    recent_units: options.recent_units,
    runs: initRunLengths(),
    marks: initChangeMarks(),
  };
}

function take(state: BocpdState, window: DetectionWindow): void {
  const { chart, runs } = state;
  const deviation = readLevelChart(chart, window);
  markChange(state.marks, runs.units, window.start_us);
  const hazard = Math.min(0.5, window.n / state.units_between_changes);
  addToRunLengths(runs, window.n, deviation, chart.last.dispersion, hazard, state.level_precision);
}

function verdictOf({ chart, runs, marks, recent_units, log_threshold }: BocpdState): Verdict {
  const { probabilities, starts, precisions, weighted } = runs;
  let recent = 0;
  let earlier = 0;
  let level = 0;
  let likeliest = -1;
  for (let i = 0; i < probabilities.length; i++) {
    if (starts[i] === 0 || starts[i] < runs.units - recent_units) {
      earlier += probabilities[i];
      continue;
    }
    recent += probabilities[i];
    level += (probabilities[i] * weighted[i]) / precisions[i];
    if (likeliest < 0 || probabilities[i] > probabilities[likeliest]) likeliest = i;
  }
  const odds = recent > 0 ? Math.log(recent) - Math.log(Math.max(earlier, Number.MIN_VALUE)) : 0;
  const isFound = likeliest >= 0 && recent > 0;
  return chartVerdict(chart, isFound ? Math.min(LOG_ODDS_MAX, odds) : -LOG_ODDS_MAX, log_threshold, () => {
    const deviation = level / recent;
    return {
      is_up: deviation >= 0,
      deviation: Math.abs(deviation),
      slack: Math.abs(deviation) / 2,
      units: runs.units - starts[likeliest],
      change_us: changeTime(marks, starts[likeliest]),
      details: { runs: probabilities.length, units: runs.units },
    };
  });
}
