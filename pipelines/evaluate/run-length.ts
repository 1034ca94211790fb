import type { DetectionWindow, Detector, StreamTraits } from '../../contracts/detector.js';
import type { Verdict } from '../../contracts/verdict.js';
import { Z95 } from '../../detectors/stats/z95.js';
import type { Draws } from './level-stream.js';

/** Windows of a stream, one after the other; the object may be the same each time. */
export interface WindowStream<Source extends Draws = Draws> {
  next(draws: Source): DetectionWindow;
}

/** A detector as it is tried: with options and the harmful direction, which every method is told. */
export interface Trial {
  readonly detector: Detector;
  readonly options: unknown;
  readonly traits: StreamTraits;
}

export interface RunLength {
  /** Units from the start to the end of the window of the alarm, or to where the run was given up. */
  readonly units: number;
  readonly is_alarm: boolean;
  /** The verdict that was the alarm. */
  readonly verdict?: Verdict;
}

/** Mean with a 95 % interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Quiet windows without an alarm that a detector has seen before a run begins. */
export interface History<Source extends Draws = Draws> {
  readonly stream: WindowStream<Source>;
  readonly windows: number;
  /** A history with an alarm is drawn anew, so many times at most; default: HISTORIES_MAX. */
  readonly tries_max?: number;
  /** Draws anew what a run rests on, before each try. */
  begin?(draws: Source): void;
}

const HISTORIES_MAX = 1_000;

/**
 * Tries in a search for a threshold. At the run length of the target a history of as many calls comes out quiet once in
 * three; a setting at which sixty do not is far off, and not worth the tries to measure how far.
 */
export const SEARCH_TRIES_MAX = 60;

/** A detector that alarms before its history is over, every time: there is nothing to measure. */
export class NoQuietHistory extends Error {}

/**
 * Runs a detector over a stream until it says `drift` towards the harmful side; units are calls, or windows of a
 * relationship. A drift towards the other side is no
 * alarm: the detector begins afresh, as it does in operation, and the run goes on.
 *
 * @throws NoQuietHistory when no history without an alarm is found
 */
export function runLength<Source extends Draws>(
  trial: Trial,
  stream: WindowStream<Source>,
  draws: Source,
  units_max: number,
  history: History<Source> | null = null,
): RunLength {
  const { detector, options, traits } = trial;
  let state = history === null ? detector.init(options, traits) : afterHistory(trial, history, draws);
  let units = 0;
  while (units < units_max) {
    const window = stream.next(draws);
    units += traits.kind === 'relationship' ? 1 : window.n;
    const step = detector.step(state, window);
    state = step.state;
    if (step.verdict.state !== 'drift') continue;
    if (step.verdict.is_harmful) return { units, is_alarm: true, verdict: step.verdict };
    state = detector.init(options, traits);
  }
  return { units, is_alarm: false };
}

function afterHistory<Source extends Draws>(
  { detector, options, traits }: Trial,
  history: History<Source>,
  draws: Source,
): unknown {
  const { stream, windows, tries_max = HISTORIES_MAX } = history;
  for (let tries = 0; tries < tries_max; tries++) {
    history.begin?.(draws);
    let state = detector.init(options, traits);
    let window = 0;
    for (; window < windows; window++) {
      const step = detector.step(state, stream.next(draws));
      state = step.state;
      if (step.verdict.state !== 'drift') continue;
      if (step.verdict.is_harmful) break;
      state = detector.init(options, traits);
    }
    if (window === windows) return state;
  }
  throw new NoQuietHistory(`${detector.name} alarms in every history of ${windows} windows`);
}

/**
 * Units between false alarms: all units over all alarms, which for nearly exponential times also counts runs that were
 * given up; the interval from the number of alarms. Null where no run came to an alarm.
 */
export function averageRunLength(runs: readonly RunLength[]): Estimate | null {
  const alarms = runs.filter(({ is_alarm }) => is_alarm).length;
  if (alarms === 0) return null;
  const mean = runs.reduce((sum, { units }) => sum + units, 0) / alarms;
  const half = Z95 / Math.sqrt(alarms);
  return { mean, low: mean * Math.exp(-half), high: mean * Math.exp(half) };
}

/** Mean units to detection over runs that all came to an alarm; null where one was given up. */
export function meanDelay(runs: readonly RunLength[]): Estimate | null {
  if (runs.length === 0 || runs.some(({ is_alarm }) => !is_alarm)) return null;
  const mean = runs.reduce((sum, { units }) => sum + units, 0) / runs.length;
  const variance = runs.reduce((sum, { units }) => sum + (units - mean) ** 2, 0) / Math.max(1, runs.length - 1);
  const half = Z95 * Math.sqrt(variance / runs.length);
  return { mean, low: mean - half, high: mean + half };
}
