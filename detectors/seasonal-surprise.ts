import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { type EvidenceLevel, evidenceState, LOG_WARN_GAP, quietVerdict } from './stats/evidence-state.js';
import { isUsable } from './stats/level-log-ratio.js';
import { VALUE_SD_MIN } from './stats/pearson-residual.js';
import { addValue, initRecentValues, type RecentValues, recentMean, recentSize } from './stats/recent-values.js';
import { initSizeTail, learnSize, type SizeTail, sizeSurprise } from './stats/size-tail.js';
import { initSlotLevels, learnSlot, type SlotLevels, slotLevel } from './stats/slot-levels.js';

const config = z.strictObject({
  threshold: z
    .number()
    .positive()
    .max(30)
    .optional()
    .describe(
      'mean surprise at which it fires, in nats; default: 0.4 of the logarithm of the false-alarm budget, which by ' +
        'simulation keeps it with windows of 25 units and noise of exponential tails',
    ),
  memory_windows: z
    .number()
    .min(100)
    .max(1e6)
    .default(8000)
    .describe(
      'half-life of what it has learnt, in windows: a month at five minutes each, so that a week that was unusual ' +
        'does not become the rule',
    ),
  slot_rate: z
    .number()
    .positive()
    .max(1)
    .default(0.05)
    .describe(
      'weight of a new window in the level of its hour, a share: 20 windows make a level that noise leaves alone',
    ),
  quiet_windows: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(100)
    .describe('windows after a detection in which no other is told: it would tell of the same disturbance'),
  bar_step: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      'share by which every detection raises the threshold, to be forgotten as everything is: a stream that often ' +
        'surprises must surprise more',
    ),
  effect_min: z
    .number()
    .positive()
    .max(5)
    .default(0.2)
    .describe('smallest shift worth acting on, in standard deviations of one value, as in `mixture-e-sr`'),
});
export type SeasonalSurpriseConfig = z.infer<typeof config>;

/** Windows before which nothing is said: sizes of fewer have no tail. */
const WINDOWS_MIN = 25;
/** Spans of the three views, in windows: a burst, a short departure, a lasting one. */
const BURST = 12;
const SHORT = 4;
const LONG = 48;
const HOUR_US = 3_600_000_000;
const DAY_HOURS = 24;
const WEEK_HOURS = 168;
/** Mean size of a normal deviation, in its standard deviations. */
const MEAN_SIZE = Math.sqrt(2 / Math.PI);

/** What departs from one expectation (level, hour of day, hour of week). */
interface Departures {
  readonly recent: RecentValues;
  /** Running mean of the size of a burst. */
  size: number;
  readonly burst: SizeTail;
  readonly short: SizeTail;
  readonly long: SizeTail;
}

export interface SeasonalSurpriseState {
  readonly harmful: StreamTraits['harmful'];
  readonly threshold: number;
  readonly rate: number;
  readonly slot_rate: number;
  readonly quiet_windows: number;
  readonly bar_step: number;
  readonly effect_min: number;
  windows: number;
  level: number;
  readonly day: SlotLevels;
  readonly week: SlotLevels;
  /** From the level, the hour of day and the hour of week, in this order. */
  readonly departures: Departures[];
  /** Detections, forgotten by half in `memory_windows`. */
  bar: number;
  /** Windows since the last detection; -1 before the first. */
  since_detection: number;
  is_detection: boolean;
  is_sufficient: boolean;
  /** Mean surprise of the last window; the departure that surprises most, in standard deviations of one value. */
  surprise: number;
  log_threshold: number;
  effect: number;
  last: number;
  previous: number;
  /** Start of the stretch at the warning level or above, and the units in it; null below. */
  change_us: number | null;
  units_since_change: number;
}

/**
 * Surprise against the level, the hour of the day and the hour of the week, learnt as it goes.
 *
 * **Detects** bursts, departures and lasting shifts of a continuous signal that has seasons, spikes and noise of unknown
 * size: latency, duration, cost. It needs no spread from the baseline, and watches what departs from its level.
 *
 * **Formula.** Three expectations of a window: the running level, the level of its hour of the day, that of its hour of the week
 * (UTC). Three views of the departures from each: mean size over 12 windows, against its own running mean; mean over 4;
 * mean over 48. The size of each view is held against the tail of its own past: surprise = -ln P(as large), a generalised
 * Pareto beyond the size that a tenth exceeds. The evidence is the mean of the nine surprises; none is at its highest
 * by chance at the same time as all others, and what is unusual for the hour but not for the day counts in part. It fires
 * at `threshold` (1 + `bar_step` D), D the detections of the last `memory_windows`, and then not for `quiet_windows`.
 *
 * **Promise.** None proven. By simulation the default keeps a budget of 1e4 units with windows of 25 for normal and
 * exponential noise; heavier tails and slow wandering bring false alarms closer together.
 *
 * **Verdict.** `log_evidence`: the mean surprise; `log_threshold`: what it is held against now. `effect`: the signed
 * departure that surprises most, in standard deviations of one value (learnt when the baseline has none).
 * `change_us`: start of the stretch at the warning level. A detection is a single `drift`; what follows is `warn`.
 *
 * **Edge input.** Windows without units, or with a figure that is not finite, are passed over. Says nothing in its first
 * 25 windows. A stream that has never varied has no tail: its first change is as surprising as can be.
 *
 * **Cost** O(1): nine tails and 3 x 64 additions a window. **Memory** under 15 KB of JSON.
 *
 * References: Pickands (1975), Siffer et al. (2017, tails of streams), Ahmad et al. (2017, surprise over short spans).
 */
export const seasonalSurprise: Detector<SeasonalSurpriseConfig, SeasonalSurpriseState> = {
  name: 'seasonal-surprise',
  summary: 'bursts and shifts of continuous signals with seasons: learns what is usual by itself',
  kinds: ['mean'],
  config,
  init,
  step(state, window) {
    if (isUsable(window, window.expected)) take(state, window);
    return { state, verdict: verdictOf(state) };
  },
};

function init(options: SeasonalSurpriseConfig, traits: StreamTraits): SeasonalSurpriseState {
  const departures = (): Departures => ({
    recent: initRecentValues(LONG),
    size: 0,
    burst: initSizeTail(),
    short: initSizeTail(),
    long: initSizeTail(),
  });
  return {
    harmful: traits.harmful,
    threshold: options.threshold ?? 0.4 * traits.log_threshold,
    rate: 1 - 0.5 ** (1 / options.memory_windows),
    slot_rate: options.slot_rate,
    quiet_windows: options.quiet_windows,
    bar_step: options.bar_step,
    effect_min: options.effect_min,
    windows: 0,
    level: 0,
    day: initSlotLevels(DAY_HOURS),
    week: initSlotLevels(WEEK_HOURS),
    departures: [departures(), departures(), departures()],
    bar: 0,
    since_detection: -1,
    is_detection: false,
    is_sufficient: true,
    surprise: 0,
    log_threshold: options.threshold ?? 0.4 * traits.log_threshold,
    effect: 0,
    last: 0,
    previous: 0,
    change_us: null,
    units_since_change: 0,
  };
}

function take(state: SeasonalSurpriseState, window: DetectionWindow): void {
  const value = window.total / window.n - window.expected.level;
  const hour = Math.floor(window.start_us / HOUR_US);
  const slots = [hour % DAY_HOURS, hour % WEEK_HOURS] as const;
  state.is_sufficient = window.expected.is_sufficient;
  if (state.windows === 0) state.level = value;
  const weight = Math.max(state.rate, 1 / (state.windows + 1));
  const { level, day, week, departures } = state;
  const expected = [level, slotLevel(day, slots[0], level), slotLevel(week, slots[1], level)];
  let sum = 0;
  let most = { surprise: -1, departure: 0 };
  for (const [index, one] of departures.entries()) {
    const found = takeDeparture(one, value - expected[index], state.rate, weight);
    sum += found.sum;
    if (found.surprise > most.surprise) most = found;
  }
  const spread = spreadOf(departures[0], window);
  state.effect = spread > VALUE_SD_MIN ? most.departure / spread : 0;
  state.previous = state.last;
  state.last = value - level;
  state.level += weight * (value - level);
  learnSlot(day, slots[0], value, state.slot_rate);
  learnSlot(week, slots[1], value, state.slot_rate);
  state.windows++;
  judge(state, window, sum / (3 * departures.length));
}

/** Sum of the surprises of the three views, and the one of a signed view that is the largest. */
function takeDeparture(one: Departures, departure: number, rate: number, weight: number) {
  addValue(one.recent, departure);
  const size = recentSize(one.recent, BURST);
  if (one.recent.seen === 1) one.size = size;
  const views = [Math.abs(size - one.size), recentMean(one.recent, SHORT), recentMean(one.recent, LONG)] as const;
  const surprises = [one.burst, one.short, one.long].map((tail, index) => {
    const surprise = sizeSurprise(tail, Math.abs(views[index]));
    learnSize(tail, Math.abs(views[index]), rate);
    return surprise;
  });
  one.size += weight * (size - one.size);
  const signed = surprises[1] >= surprises[2] ? 1 : 2;
  return {
    sum: surprises[0] + surprises[1] + surprises[2],
    surprise: surprises[signed],
    departure: views[signed],
  };
}

/** Standard deviation of one value: the baseline's, or that of windows as learnt, times the root of their units. */
function spreadOf(departures: Readonly<Departures>, window: DetectionWindow): number {
  if (window.expected.value_sd > VALUE_SD_MIN) return window.expected.value_sd;
  return (departures.size / MEAN_SIZE) * Math.sqrt(window.n);
}

/** Holds the surprise of a window against the bar as the detections before have left it. */
function judge(state: SeasonalSurpriseState, window: DetectionWindow, surprise: number): void {
  state.bar *= 1 - state.rate;
  if (state.since_detection >= 0) state.since_detection++;
  state.surprise = state.windows > WINDOWS_MIN ? surprise : 0;
  state.log_threshold = state.threshold * (1 + state.bar_step * state.bar);
  const isFree = state.since_detection < 0 || state.since_detection > state.quiet_windows;
  state.is_detection = isFree && state.is_sufficient && state.surprise >= state.log_threshold;
  if (state.is_detection) {
    state.bar++;
    state.since_detection = 0;
  }
  if (levelOf(state) === 0) {
    state.change_us = null;
    state.units_since_change = 0;
  } else {
    state.change_us ??= window.start_us;
    state.units_since_change += window.n;
  }
}

/** A warning is given from half of a low threshold on: the usual gap would be all of it. */
function levelOf({ is_detection, surprise, log_threshold }: SeasonalSurpriseState): EvidenceLevel {
  if (is_detection) return 2;
  return surprise >= log_threshold - Math.min(LOG_WARN_GAP, log_threshold / 2) ? 1 : 0;
}

function verdictOf(state: SeasonalSurpriseState): Verdict {
  const level = levelOf(state);
  const { surprise, log_threshold, effect, harmful } = state;
  if (level === 0) return quietVerdict(surprise, log_threshold, state.is_sufficient);
  const direction = effect > 0 ? 'up' : effect < 0 ? 'down' : 'none';
  return {
    state: evidenceState(level, state.is_sufficient),
    log_evidence: surprise,
    log_threshold,
    direction,
    is_harmful: harmful === 'either' || harmful === direction,
    effect,
    effect_confidence: normalCdf((Math.abs(effect) - state.effect_min) * Math.sqrt(state.units_since_change), 0, 1),
    change_us: state.change_us,
    units_since_change: state.units_since_change,
    is_still_drifted: effect * (state.last + state.previous) > 0,
    details: { evidence_level: level, detections: state.bar, windows: state.windows },
  };
}
