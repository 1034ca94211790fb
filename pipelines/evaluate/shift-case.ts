import type { StreamTraits, WatchedKind } from '../../contracts/detector.js';
import { delayLimit } from '../../detectors/stats/delay-limit.js';
import { bernoulliDivergence, gaussianDivergence, poissonDivergence } from '../../detectors/stats/kullback-leibler.js';
import { expit, logit } from '../../detectors/stats/logit.js';
import { ASSOCIATIONS } from './outcome-stream.js';

/** What a detector is shown: windows of a level, of a pair of signals, of two outcomes of the same calls, or of a mix. */
export const SHOWN = ['proportion', 'rate', 'mean', 'pair', 'outcomes', 'mix'] as const;
export type Shown = (typeof SHOWN)[number];

/**
 * A stream and what happens to it. `before` is a proportion, events a minute, the mean of a value, a correlation, a log
 * odds ratio, or the share of a part; `shift`, signed, is in log odds, log rate, standard deviations of one value, Fisher's
 * z, log odds ratio, or log odds.
 */
export interface ShiftCase {
  readonly shown: Shown;
  readonly before: number;
  readonly shift: number;
  readonly harmful: 'up' | 'down' | 'either';
  /** Calls of a window. */
  readonly window_calls: number;
  /** Of independent calls: 1. What is found in a store may be more. */
  readonly dispersion: number;
  /** Standard deviation of one value of a mean; of no account elsewhere. */
  readonly value_sd: number;
}

/** Minutes that a call of a rate lasts. */
export const MINUTES_PER_CALL = 2;

/** What is shown where nothing else is asked for; the proportion is a pair of the table of detectors. */
export const DEFAULT_CASES: Readonly<Record<Shown, ShiftCase>> = {
  proportion: levelCase('proportion', 0.2, logit(0.14) - logit(0.2)),
  rate: levelCase('rate', 0.5, Math.log(0.75 / 0.5)),
  mean: levelCase('mean', 900, 0.3),
  pair: levelCase('pair', -0.6, Math.atanh(0) - Math.atanh(-0.6)),
  outcomes: { ...levelCase('outcomes', ASSOCIATIONS[0].before, 0.8), window_calls: ASSOCIATIONS[0].calls },
  mix: { ...levelCase('mix', 0.3, -0.5), window_calls: 50 },
};

function levelCase(shown: Shown, before: number, shift: number): ShiftCase {
  const harmful = shift > 0 ? 'up' : 'down';
  return { shown, before, shift, harmful, window_calls: 25, dispersion: 1, value_sd: shown === 'mean' ? 300 : 0 };
}

/** What is shown as a stream of this kind. */
export function shownTo(kind: WatchedKind): Shown {
  if (kind === 'association') return 'outcomes';
  return kind === 'relationship' ? 'pair' : kind;
}

export function traitsOf({ shown, harmful }: ShiftCase, log_threshold: number): StreamTraits {
  if (shown === 'proportion' || shown === 'rate' || shown === 'mean') return { kind: shown, harmful, log_threshold };
  // A change of a relationship is harm whichever way it goes.
  return { kind: 'relationship', sides: { x: 'mean', y: 'mean' }, harmful: 'either', log_threshold };
}

/** Whether false alarms are counted in windows: relationships. Levels count calls. */
export function isPerWindow({ shown }: ShiftCase): boolean {
  return shown === 'pair' || shown === 'outcomes' || shown === 'mix';
}

/** The level after a part (0 to 1) of the shift. */
export function levelAfter({ shown, before, shift, value_sd }: ShiftCase, part = 1): number {
  const moved = shift * part;
  if (shown === 'proportion' || shown === 'mix') return expit(logit(before) + moved);
  if (shown === 'rate') return before * Math.exp(moved);
  if (shown === 'mean') return before + moved * value_sd;
  return shown === 'pair' ? Math.tanh(Math.atanh(before) + moved) : before + moved;
}

/** D*: least mean units to detection at `target` units between false alarms, told before and after; times the dispersion. */
export function limitOf(one: ShiftCase, target: number): number {
  const after = levelAfter(one);
  const [from, to] = [divergence(one, one.before, after), divergence(one, after, one.before)];
  return delayLimit(target, from / one.dispersion, to / one.dispersion);
}

/** Of a unit (call, or window of a relationship), in nats. */
function divergence(one: ShiftCase, a: number, b: number): number {
  const { shown, window_calls } = one;
  if (shown === 'proportion') return bernoulliDivergence(a, b);
  if (shown === 'mix') return window_calls * bernoulliDivergence(a, b);
  if (shown === 'rate') return poissonDivergence(a * MINUTES_PER_CALL, b * MINUTES_PER_CALL);
  if (shown === 'mean') return gaussianDivergence(one.shift);
  if (shown === 'pair') return 0.5 * Math.log((1 - b * b) / (1 - a * a)) + (1 - a * b) / (1 - b * b) - 1;
  // What moves is the share of the second outcome among calls with the first.
  const { x_share, y_share } = ASSOCIATIONS[0];
  const given = (theta: number) => expit(logit(y_share) + theta);
  return window_calls * x_share * bernoulliDivergence(given(a), given(b));
}
