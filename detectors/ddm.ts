import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { type ChangeMarks, changeTime, initChangeMarks, markChange } from './stats/change-marks.js';
import { addToDdm, type Ddm, initDdm } from './stats/ddm.js';
import { chartVerdict, initLevelChart, type LevelChart, readLevelChart } from './stats/level-chart.js';
import { isUsable } from './stats/level-log-ratio.js';

const config = z.strictObject({
  drift_level: z
    .number()
    .gt(1)
    .max(100)
    .default(3)
    .describe('distance above the least level at which it fires, in standard deviations of that level; 3 as published'),
  warm_up_units: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(30)
    .describe('calls before anything is said; 30 as published, far too few for rare outcomes'),
  effect_min: z
    .number()
    .positive()
    .max(5)
    .default(0.1)
    .describe('smallest shift worth acting on, in standard deviations of one call; 0.1 is a rate from 0.20 to 0.16'),
});
export type DdmConfig = z.infer<typeof config>;

/** One direction: successes are the errors of a rise, failures those of a fall. */
export interface DdmSide {
  readonly ddm: Ddm;
  distance: number;
}

export interface DdmState {
  readonly chart: LevelChart;
  readonly drift_level: number;
  readonly warm_up_units: number;
  readonly up: DdmSide;
  readonly down: DdmSide;
  readonly marks: ChangeMarks;
  units: number;
  is_fired: boolean;
}

/**
 * DDM on either side, for comparison: the distance of the mean so far above the least it has been.
 *
 * **Detects** a rise of a proportion, and by the same chart over failures a fall, against its own past.
 *
 * **Formula.** p: mean of all calls since it last fired, s = sqrt(p (1 - p) / n). Where p + s is least, p_min and s_min are
 * kept; fires when p + s >= p_min + `drift_level` s_min. A window of n calls is n calls at once: the least is looked for
 * at the ends of windows. `log_evidence` is half of d^2 - 1, d the distance (1 at the least). What is expected plays no part, so
 * the hours of the day pass for drift.
 *
 * **Promise.** None; it cannot be brought to a false-alarm budget: 30 calls without a success make s_min 0, and the next
 * success fires. The longer the history, the slower the mean of it all follows a change.
 *
 * **Verdict.** `drift` in the window in which it fires; then it begins anew. `effect`: mean since the least against the
 * least, on the scale of `mixture-e-sr`; `change_us`: when it was least.
 *
 * **Edge input.** Windows without units, or with a figure that is not finite, are passed over. The distance stops at 1000.
 *
 * **Cost** O(1). **Memory** under 10 KB of JSON.
 *
 * References: Gama, Medas, Castillo, Rodrigues (2004).
 */
export const ddm: Detector<DdmConfig, DdmState> = {
  name: 'ddm',
  summary: 'shift of a proportion against its least so far: drift detection method, for comparison',
  kinds: ['proportion'],
  config,
  init,
  step(state, window) {
    if (isUsable(window, window.expected)) take(state, window);
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: DdmConfig, traits: StreamTraits): DdmState {
  return {
    chart: initLevelChart('ddm', traits, options.effect_min),
    drift_level: options.drift_level,
    warm_up_units: options.warm_up_units,
    up: { ddm: initDdm(), distance: 0 },
    down: { ddm: initDdm(), distance: 0 },
    marks: initChangeMarks(),
    units: 0,
    is_fired: false,
  };
}

function take(state: DdmState, window: DetectionWindow): void {
  const { chart, up, down, drift_level, warm_up_units } = state;
  if (state.is_fired) {
    Object.assign(up.ddm, initDdm());
    Object.assign(down.ddm, initDdm());
  }
  readLevelChart(chart, window);
  markChange(state.marks, state.units, window.start_us);
  const { n, total } = window;
  up.distance = addToDdm(up.ddm, n, total, warm_up_units);
  down.distance = addToDdm(down.ddm, n, n - total, warm_up_units);
  state.units += n;
  state.is_fired = Math.max(up.distance, down.distance) >= drift_level;
}

/** Evidence of a distance: none while the level stands at its least. */
function halfSquare(distance: number): number {
  return Math.max(0, distance * distance - 1) / 2;
}

function verdictOf({ chart, up, down, drift_level, marks, units }: DdmState): Verdict {
  const is_up = up.distance >= down.distance;
  const { ddm: side, distance } = is_up ? up : down;
  return chartVerdict(chart, halfSquare(distance), halfSquare(drift_level), () => {
    const trials = side.trials - side.least_trials;
    const { level } = chart.last;
    const spread = Math.sqrt(Math.max(0, level * (1 - level)));
    const gap = trials > 0 ? (side.errors - side.least_errors) / trials - side.least : 0;
    const deviation = spread > 0 ? Math.max(0, gap) / spread : 0;
    // Half-way from the least level up, seen from what is expected of errors.
    const middle = side.least + gap / 2 - (is_up ? level : 1 - level);
    return {
      is_up,
      deviation,
      slack: trials > 0 && spread > 0 ? middle / spread : 0,
      units: trials,
      change_us: trials > 0 ? changeTime(marks, units - trials) : null,
      details: { distance, units },
    };
  });
}
