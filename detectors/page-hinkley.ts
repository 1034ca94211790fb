import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { cusumHeight } from './stats/delay-limit.js';
import { chartVerdict, initLevelChart, type LevelChart, readLevelChart } from './stats/level-chart.js';
import { isUsable } from './stats/level-log-ratio.js';
import { addToPageSum, initPageSum, type PageSum } from './stats/page-sum.js';

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

export interface PageHinkleyState {
  readonly chart: LevelChart;
  readonly delta: number;
  readonly threshold: number;
  /** Deviations beyond delta, in standard deviations of one call, over the dispersion. */
  readonly up: PageSum;
  readonly down: PageSum;
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
  const { delta } = options;
  // Both sides share the budget: each may fire once in 2 c units; the shift is 2 delta, so its divergence 2 delta^2.
  const fromBudget = cusumHeight(2 * Math.exp(traits.log_threshold) * 2 * delta * delta) / (2 * delta);
  return {
    chart: initLevelChart('page-hinkley', traits, options.effect_min ?? delta),
    delta,
    threshold: options.threshold ?? fromBudget,
    up: initPageSum(),
    down: initPageSum(),
  };
}

function take({ chart, delta, threshold, up, down }: PageHinkleyState, window: DetectionWindow): void {
  const deviation = readLevelChart(chart, window);
  const { dispersion } = chart.last;
  const { n: units, start_us } = window;
  const towards = (value: number) => ({
    beyond: (value - units * delta) / dispersion,
    deviation: value,
    units,
    start_us,
  });
  addToPageSum(up, towards(deviation), 1000 * threshold);
  addToPageSum(down, towards(-deviation), 1000 * threshold);
}

function verdictOf({ chart, delta, threshold, up, down }: PageHinkleyState): Verdict {
  const is_up = up.sum >= down.sum;
  const side = is_up ? up : down;
  return chartVerdict(chart, 2 * delta * side.sum, 2 * delta * threshold, () => ({
    is_up,
    deviation: side.units > 0 ? side.deviation / side.units : 0,
    slack: delta,
    units: side.units,
    change_us: side.start_us,
    details: { sum: side.sum, threshold },
  }));
}
