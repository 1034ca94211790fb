import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { smirnovDistance, smirnovTail } from './stats/kolmogorov-smirnov.js';
import { chartVerdict, initLevelChart, type LevelChart, readLevelChart } from './stats/level-chart.js';
import { isUsable } from './stats/level-log-ratio.js';

/** Chances are told down to this. */
const CHANCE_MIN = 1e-300;

const config = z
  .strictObject({
    alpha: z
      .number()
      .positive()
      .max(0.5)
      .default(0.005)
      .describe(
        'chance of a distance as large between two samples of the same distribution at which it fires, at one look; there ' +
          'is one in every window, so false alarms come about every 1 / alpha windows or somewhat less often',
      ),
    window_size: z
      .number()
      .int()
      .min(10)
      .max(200)
      .default(100)
      .describe('windows kept; 100 as in other implementations'),
    recent_size: z
      .number()
      .int()
      .min(5)
      .max(100)
      .default(30)
      .describe('of these, the newest that are compared with the rest; 30 as in other implementations'),
    effect_min: z
      .number()
      .positive()
      .max(5)
      .default(0.1)
      .describe('smallest shift worth acting on, in standard deviations of one unit; 0.1 is a rate from 0.20 to 0.16'),
  })
  .refine(
    ({ window_size, recent_size }) => 2 * recent_size <= window_size,
    'window_size is at least twice recent_size',
  );
export type KswinConfig = z.infer<typeof config>;

export interface KswinState {
  readonly chart: LevelChart;
  readonly log_threshold: number;
  readonly window_size: number;
  readonly recent_size: number;
  /** Standardised residuals of the windows kept, their units and starts; oldest first. */
  readonly values: number[];
  readonly units: number[];
  readonly us: number[];
  /** -ln of the chance of a distance as large. */
  evidence: number;
}

/**
 * KSWIN, for comparison: the newest windows against those before, by the test of Kolmogorov and Smirnov.
 *
 * **Detects** any change of the distribution of a level's deviations, a change of their spread too, against its own past.
 *
 * **Formula.** One value per window: its Pearson residual over the square root of the dispersion. The largest distance D
 * between the distribution functions of the newest `recent_size` values and the rest of `window_size`; fires when the
 * exact chance of such a distance is at most `alpha`. `log_evidence` is -ln of that chance. Published implementations
 * compare with a random sample of the rest; here it is all of the rest, so that the same stream gives the same verdicts
 * and less is thrown away. River also asks for D > 0.1, which its documentation does not say; here nothing is asked for.
 *
 * **Promise.** None: looks overlap, and each is a test of its own.
 *
 * **Verdict.** `drift` in the window in which it fires; then only the newest values are kept. `direction` and `effect`:
 * by the difference of the two means, on the scale of `mixture-e-sr`; a change of spread has no direction that means
 * anything. `change_us`: the first of the newest windows, wherever the change was.
 *
 * **Edge input.** Windows without units, or with a figure that is not finite, are passed over; a history without spread
 * gives value 0.
 *
 * **Cost** O(window_size^2) per window. **Memory** under 12 KB of JSON.
 *
 * References: Raab, Heusinger, Schleif (2020); Smirnov (1939); Hodges (1957).
 */
export const kswin: Detector<KswinConfig, KswinState> = {
  name: 'kswin',
  summary: 'change of the distribution of a level against its past: Kolmogorov-Smirnov windows, for comparison',
  kinds: ['proportion', 'rate', 'mean'],
  config,
  init,
  step(state, window) {
    if (isUsable(window, window.expected)) take(state, window);
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: KswinConfig, traits: StreamTraits): KswinState {
  return {
    chart: initLevelChart('kswin', traits, options.effect_min),
    log_threshold: -Math.log(options.alpha),
    window_size: options.window_size,
    recent_size: options.recent_size,
    values: [],
    units: [],
    us: [],
    evidence: 0,
  };
}

function take(state: KswinState, window: DetectionWindow): void {
  const { chart, values, units, us, window_size, recent_size } = state;
  const surplus = state.evidence >= state.log_threshold ? values.length - recent_size : values.length - window_size + 1;
  for (const column of [values, units, us]) if (surplus > 0) column.splice(0, surplus);
  values.push(readLevelChart(chart, window) / Math.sqrt(window.n * chart.last.dispersion));
  units.push(window.n);
  us.push(window.start_us);
  state.evidence = 0;
  if (values.length < window_size) return;
  const before = new Float64Array(values.slice(0, -recent_size)).sort();
  const recent = new Float64Array(values.slice(-recent_size)).sort();
  const chance = smirnovTail(before.length, recent.length, smirnovDistance(before, recent));
  state.evidence = Math.max(0, -Math.log(Math.max(CHANCE_MIN, chance)));
}

function verdictOf({
  chart,
  values,
  units,
  us,
  recent_size,
  window_size,
  evidence,
  log_threshold,
}: KswinState): Verdict {
  return chartVerdict(chart, evidence, log_threshold, () => {
    const isFull = values.length === window_size;
    const first = values.length - recent_size;
    const after = isFull ? deviationOf(values, units, first, values.length, chart.last.dispersion) : 0;
    const before = isFull ? deviationOf(values, units, 0, first, chart.last.dispersion) : 0;
    const is_up = after >= before;
    return {
      is_up,
      deviation: Math.abs(after - before),
      slack: ((is_up ? 1 : -1) * (after + before)) / 2,
      units: isFull ? units.slice(first).reduce((sum, value) => sum + value, 0) : 0,
      change_us: isFull ? us[first] : null,
      details: { recent_mean: after, earlier_mean: before },
    };
  });
}

/** Mean deviation of the units of windows `from` to before `to`, in standard deviations of one unit. */
function deviationOf(values: number[], units: number[], from: number, to: number, dispersion: number): number {
  let sum = 0;
  let all = 0;
  for (let i = from; i < to; i++) {
    sum += values[i] * Math.sqrt(units[i] * dispersion);
    all += units[i];
  }
  return sum / all;
}
