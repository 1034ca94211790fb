import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { type Adwin, type AdwinCut, addToAdwin, bestCut, dropOldest, initAdwin } from './stats/adwin.js';
import { type ChangeMarks, changeTime, initChangeMarks, markChange } from './stats/change-marks.js';
import { chartVerdict, initLevelChart, type LevelChart, readLevelChart } from './stats/level-chart.js';
import { isUsable } from './stats/level-log-ratio.js';

/** The range of 1 that values have in theory, in standard deviations, where they have no bound. */
const RANGE_SDS = 8;

const config = z.strictObject({
  delta: z
    .number()
    .positive()
    .max(1)
    .default(0.002)
    .describe(
      'how readily it cuts, a probability by name; the usual default is far from any budget (millions of calls between ' +
        'false alarms, and late): near 0.5 there are some 10,000',
    ),
  clock_units: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(32)
    .describe('units (calls) from one look for a cut to the next; 32 as in other implementations'),
  effect_min: z
    .number()
    .positive()
    .max(5)
    .default(0.1)
    .describe('smallest shift worth acting on, in standard deviations of one unit; 0.1 is a rate from 0.20 to 0.16'),
});
export type AdwinConfig = z.infer<typeof config>;

export interface AdwinState {
  readonly chart: LevelChart;
  /** Largest value of a mean; null where it is not known. */
  readonly upper: number | null;
  readonly log_threshold: number;
  readonly clock_units: number;
  readonly window: Adwin;
  readonly marks: ChangeMarks;
  /** Best cut of the last look, in standard deviations of one unit. */
  readonly cut: AdwinCut;
  /** Units before the part after that cut. */
  cut_units: number;
  units: number;
  /** Units since the last look. */
  waiting: number;
  is_cut: boolean;
}

/**
 * ADWIN, for comparison: cuts the past off where two parts of it differ in their mean.
 *
 * **Detects** a shift of a level, up or down, against its own recent past.
 *
 * **Formula.** An exponential histogram of deviations from what is expected. A window of n calls goes in as one bucket of
 * n values with their sum and scatter, so that evidence counts calls; with one call a window it is ADWIN value by value.
 * Cut where the means of the two parts differ by more than sqrt(2 v D R) + 2 D R / 3, D = ln(2 ln n / delta), R = 1 / (n0
 * - 4) + 1 / (n1 - 4), in a range of 1: that of a proportion, the largest value of a mean, else eight standard deviations.
 * `log_evidence` is -ln of the delta at which the best cut would just be made. Every cut between two buckets is looked at
 * (older versions of River passed over the last bucket of each row), once in `clock_units`. After a cut the older part is
 * forgotten, as published; River begins from nothing.
 *
 * **Promise.** None that is a budget: `delta` bounds the chance of a false cut per look very loosely. After a cut, a false
 * one too, what was before is forgotten and the new level is normal: there is no evidence that a drift goes on.
 *
 * **Verdict.** `drift` in the window in which it cuts; then the part before is dropped. `effect`: difference of the two
 * parts on the scale of `mixture-e-sr`; `change_us`: the cut.
 *
 * **Edge input.** Windows without units, or with a figure that is not finite, are passed over; a history without spread
 * gives deviation 0 for rates and means.
 *
 * **Cost** O(log units) per look. **Memory** under 20 KB of JSON.
 *
 * References: Bifet and Gavalda (2007).
 */
export const adwin: Detector<AdwinConfig, AdwinState> = {
  name: 'adwin',
  summary: 'shift of a level against its own past: adaptive window, for comparison',
  kinds: ['proportion', 'rate', 'mean'],
  config,
  init,
  step(state, window) {
    if (isUsable(window, window.expected)) take(state, window);
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: AdwinConfig, traits: StreamTraits): AdwinState {
  return {
    chart: initLevelChart('adwin', traits, options.effect_min),
    upper: traits.upper ?? null,
    log_threshold: -Math.log(options.delta),
    clock_units: options.clock_units,
    window: initAdwin(),
    marks: initChangeMarks(),
    cut: { evidence: 0, count: 0, mean: 0, mean_before: 0 },
    cut_units: 0,
    units: 0,
    waiting: 0,
    is_cut: false,
  };
}

function take(state: AdwinState, window: DetectionWindow): void {
  const { chart, cut } = state;
  if (state.is_cut) forget(state);
  const deviation = readLevelChart(chart, window);
  markChange(state.marks, state.units, window.start_us);
  addWindow(state, deviation);
  state.units += window.n;
  state.waiting += window.n;
  if (state.waiting < state.clock_units) return;
  state.waiting %= state.clock_units;
  bestCut(state.window, cut);
  state.cut_units = state.units - cut.count;
  state.is_cut = cut.evidence > 0 && cut.evidence >= state.log_threshold;
}

/** Drops the part before a cut, bucket by bucket until no cut is left. */
function forget(state: AdwinState): void {
  const { window, cut, log_threshold } = state;
  do {
    dropOldest(window);
    bestCut(window, cut);
  } while (cut.evidence > 0 && cut.evidence >= log_threshold);
  state.cut_units = state.units - cut.count;
  state.is_cut = false;
}

/** One standard deviation of a unit in the range of 1 that values are taken to have. */
function valueScale({ chart, upper }: AdwinState): number {
  const { level, value_sd } = chart.last;
  if (chart.kind === 'proportion') return Math.sqrt(Math.max(0, level * (1 - level)));
  return chart.kind === 'mean' && upper !== null && value_sd > 0 ? value_sd / upper : 1 / RANGE_SDS;
}

/** Adds the last window as values in a range of 1: their sum off what is expected, and their scatter. */
function addWindow(state: AdwinState, deviation: number): void {
  const { n, total, total_squares, level, value_sd } = state.chart.last;
  if (state.chart.kind === 'proportion') {
    addToAdwin(state.window, n, total - n * level, total * (1 - total / n));
    return;
  }
  const scale = valueScale(state);
  // Of a rate only the sum is known; calls scatter as Poisson counts do, one degree of freedom less.
  if (state.chart.kind === 'rate') addToAdwin(state.window, n, deviation * scale, (n - 1) * scale * scale);
  else {
    const scatter = value_sd > 0 ? Math.max(0, total_squares - (total * total) / n) / (value_sd * value_sd) : 0;
    addToAdwin(state.window, n, deviation * scale, scatter * scale * scale);
  }
}

function verdictOf(state: AdwinState): Verdict {
  const { chart, cut, log_threshold, units, cut_units } = state;
  return chartVerdict(chart, cut.evidence, log_threshold, () => {
    const scale = valueScale(state);
    const isFound = scale > 0 && cut.evidence > 0;
    const gap = isFound ? (cut.mean - cut.mean_before) / scale : 0;
    const middle = isFound ? (cut.mean + cut.mean_before) / scale / 2 : 0;
    return {
      is_up: gap >= 0,
      deviation: Math.abs(gap),
      slack: gap >= 0 ? middle : -middle,
      units: isFound ? units - cut_units : 0,
      change_us: isFound ? changeTime(state.marks, cut_units) : null,
      details: { window_units: state.window.count, units },
    };
  });
}
