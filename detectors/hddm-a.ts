import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { type ChangeMarks, changeTime, initChangeMarks, markChange } from './stats/change-marks.js';
import { addToHddm, type Hddm, initHddm } from './stats/hddm.js';
import { chartVerdict, initLevelChart, type LevelChart, readLevelChart } from './stats/level-chart.js';
import { isUsable } from './stats/level-log-ratio.js';

const config = z.strictObject({
  drift_confidence: z
    .number()
    .positive()
    .max(0.5)
    .default(0.001)
    .describe(
      'confidence of the bound at which it fires, a probability by name; not a budget: at 0.001 and a rate of 0.20 ' +
        'there are some 500,000 calls between false alarms',
    ),
  effect_min: z
    .number()
    .positive()
    .max(5)
    .default(0.1)
    .describe('smallest shift worth acting on, in standard deviations of one call; 0.1 is a rate from 0.20 to 0.16'),
});
export type HddmAConfig = z.infer<typeof config>;

/** One direction: successes are what rises, or failures. */
export interface HddmSide {
  readonly hddm: Hddm;
  evidence: number;
}

export interface HddmAState {
  readonly chart: LevelChart;
  readonly log_threshold: number;
  readonly up: HddmSide;
  readonly down: HddmSide;
  readonly marks: ChangeMarks;
  units: number;
  is_fired: boolean;
}

/**
 * HDDM_A, two-sided, for comparison: Hoeffding's bound on the difference of two means.
 *
 * **Detects** a shift of a proportion, up or down, against its own past.
 *
 * **Formula.** Of all prefixes of the calls since it last fired, the one whose mean with its Hoeffding bound is least is
 * kept (n_cut calls); fires when the mean of all n calls exceeds its mean by sqrt(m ln(2 / confidence) / 2), m = 1 / n_cut
 * - 1 / n; on failures for a fall. A window of n calls is n calls at once: prefixes end with windows. `log_evidence` is -ln
 * of the confidence at which it would just fire. What is expected plays no part, so the hours of the day pass for drift.
 *
 * **Promise.** None that is a budget. The bound knows only that values lie between 0 and 1, not how little a rate of a few
 * per cent scatters: there it is many times slower than `mixture-e-sr`.
 *
 * **Verdict.** `drift` in the window in which it fires; then it begins anew. `effect`: mean since the cut against the mean
 * before, on the scale of `mixture-e-sr`; `change_us`: the cut.
 *
 * **Edge input.** Windows without units, or with a figure that is not finite, are passed over.
 *
 * **Cost** O(1). **Memory** under 10 KB of JSON.
 *
 * References: Frias-Blanco et al. (2015).
 */
export const hddmA: Detector<HddmAConfig, HddmAState> = {
  name: 'hddm-a',
  summary: "shift of a proportion against its past: Hoeffding's bound on means, for comparison",
  kinds: ['proportion'],
  config,
  init,
  step(state, window) {
    if (isUsable(window, window.expected)) take(state, window);
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: HddmAConfig, traits: StreamTraits): HddmAState {
  return {
    chart: initLevelChart('hddm-a', traits, options.effect_min),
    log_threshold: -Math.log(options.drift_confidence),
    up: { hddm: initHddm(), evidence: 0 },
    down: { hddm: initHddm(), evidence: 0 },
    marks: initChangeMarks(),
    units: 0,
    is_fired: false,
  };
}

function take(state: HddmAState, window: DetectionWindow): void {
  const { chart, up, down, log_threshold } = state;
  if (state.is_fired) {
    Object.assign(up.hddm, initHddm());
    Object.assign(down.hddm, initHddm());
  }
  readLevelChart(chart, window);
  markChange(state.marks, state.units, window.start_us);
  const { n, total } = window;
  up.evidence = addToHddm(up.hddm, n, total, log_threshold);
  down.evidence = addToHddm(down.hddm, n, n - total, log_threshold);
  state.units += n;
  state.is_fired = Math.max(up.evidence, down.evidence) >= log_threshold;
}

function verdictOf({ chart, up, down, log_threshold, marks, units }: HddmAState): Verdict {
  const is_up = up.evidence >= down.evidence;
  const { hddm, evidence } = is_up ? up : down;
  return chartVerdict(chart, evidence, log_threshold, () => {
    const since = hddm.count - hddm.cut_count;
    const { level } = chart.last;
    const spread = Math.sqrt(Math.max(0, level * (1 - level)));
    const isFound = since > 0 && spread > 0;
    const before = hddm.cut_sum / hddm.cut_count;
    const after = (hddm.sum - hddm.cut_sum) / since;
    return {
      is_up,
      deviation: isFound ? Math.max(0, after - before) / spread : 0,
      slack: isFound ? ((after + before) / 2 - (is_up ? level : 1 - level)) / spread : 0,
      units: since,
      change_us: isFound ? changeTime(marks, units - since) : null,
      details: { units },
    };
  });
}
