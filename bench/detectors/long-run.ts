import type { DetectionWindow, Detector, StreamTraits, WatchedKind } from '../../contracts/detector.js';
import type { Verdict } from '../../contracts/verdict.js';
import { detectors } from '../../detectors/index.js';
import { DEFAULT_CASES, type Shown, shownTo, traitsOf } from '../../pipelines/evaluate/shift-case.js';
import { MEAN_UPPER, quietWindows } from './case-windows.js';
import { isTurned, twinTraits, twinWindow } from './twin-windows.js';

/**
 * The law of the long run: figures do not drift away from what they stand for, however many windows have come.
 *
 * Rounding piles up without a sign. So every stream has a twin, the same windows written down otherwise (failures for
 * successes, another unit), whose figures are rounded otherwise at every step: what piles up in one does so differently in
 * the other, and the evidence of both parts. A detector that forgets is also held against one that began lately.
 */

export interface LongRunLimits {
  /** It ends after so many windows, or so much processor time for the stream and its twin together. */
  readonly windows_max: number;
  readonly seconds_max: number;
  readonly seed: number;
}

export interface LongRunTask extends LongRunLimits {
  readonly detector: string;
  readonly kind: WatchedKind;
}

export interface LongRun {
  readonly detector: string;
  readonly shown: Shown;
  readonly windows: number;
  readonly cpu_seconds: number;
  /** Largest JSON form of a state at the looks. */
  readonly state_bytes: number;
  readonly is_finite: boolean;
  /** Largest relative gap between the log evidence of the stream and of its twin over all windows; null for ranks. */
  readonly numeric_drift: number | null;
  /**
   * Largest relative gap from a detector which began NEW_WINDOWS before, over the last of them; null where a detector
   * remembers longer than that by design.
   */
  readonly fresh_gap: number | null;
}

/** Evidence may part by this share of it (of 1 nat, where it is less). */
export const DRIFT_MAX = 1e-9;
/**
 * `focus-glr` subtracts sums that grow with all calls since it began: after ten million windows they are of some 10^8 calls,
 * and one call in the last place of such a sum is 10^-8.
 */
const DRIFT_MAX_OF: Readonly<Record<string, number>> = { 'focus-glr': 1e-6 };
/** Largest JSON form of a state: a stream costs kilobytes, however long it has run. */
export const STATE_BYTES_MAX = 20_000;
/** Rare enough that a quiet stream of any length here does not come to it. */
export const LONG_LOG_THRESHOLD = Math.log(1e12);

const WINDOW_US = 60_000_000;
const WINDOWS_PER_LOOK = 4_096;
/** By then what came before has left the evidence of whatever forgets. */
const NEW_WINDOWS = 10_000;
const COMPARED_WINDOWS = 1_000;
/** Their evidence rests on everything since they last fired, so that it never equals that of one which began later. */
const REMEMBERING = new Set([
  'adwin',
  'bocpd',
  'ddm',
  'focus-glr',
  'hddm-a',
  'multinomial-e-sr',
  'periodic',
  'seasonal-surprise',
  'self-starting-glr',
]);

/** Its evidence jumps where two values that are equal but for rounding change places: a twin says nothing of it. */
const RANKING = new Set(['kswin']);

/** A stream that goes round and round the same windows, at times that go on. */
export class Ring {
  readonly #windows: readonly DetectionWindow[];
  #at = 0;

  constructor(windows: readonly DetectionWindow[]) {
    this.#windows = windows;
  }

  next(): DetectionWindow {
    const index = this.#at++;
    const window = this.#windows[index % this.#windows.length] as { start_us: number; end_us: number };
    window.start_us = index * WINDOW_US;
    window.end_us = window.start_us + WINDOW_US;
    return window as DetectionWindow;
  }
}

export function longTraits(shown: Shown): StreamTraits {
  return { ...traitsOf(DEFAULT_CASES[shown], LONG_LOG_THRESHOLD), ...(shown === 'mean' ? { upper: MEAN_UPPER } : {}) };
}

/** Begins a detector at its defaults; a recovery test in a drift downwards, or the other way for the twin. */
export function beginDetector(detector: Detector, shown: Shown, traits: StreamTraits, isTwin = false): unknown {
  const drift_effect = (shown === 'pair' ? 0.8 : -0.8) * (isTwin && isTurned(shown) ? -1 : 1);
  const options = detector.name === 'recovery-e-sr' ? { drift_effect, recovery_log_threshold: LONG_LOG_THRESHOLD } : {};
  return detector.init(detector.config.parse(options), traits);
}

/** The long run of a detector of the registry. */
export function longRunOf({ detector, kind, ...limits }: LongRunTask): LongRun {
  return longRun((detectors as Readonly<Record<string, Detector>>)[detector]!, kind, limits);
}

export function longRun(
  detector: Detector,
  kind: WatchedKind,
  { windows_max, seconds_max, seed }: LongRunLimits,
): LongRun {
  const { name } = detector;
  const shown = shownTo(kind);
  const plain = quietWindows(shown, seed, true);
  const ring = new Ring(plain);
  const twin_ring = new Ring(plain.map((window) => twinWindow(shown, window)));
  const traits = longTraits(shown);
  let state = beginDetector(detector, shown, traits);
  let twin = beginDetector(detector, shown, twinTraits(shown, traits), true);
  let [windows, cpu_seconds, numeric_drift, state_bytes, is_finite] = [0, 0, 0, 0, true];
  const before = process.cpuUsage();
  while (windows < windows_max && cpu_seconds < seconds_max) {
    const count = Math.min(WINDOWS_PER_LOOK, windows_max - windows);
    for (let index = 0; index < count; index++) {
      const one = detector.step(state, ring.next());
      const other = detector.step(twin, twin_ring.next());
      state = one.state;
      twin = other.state;
      numeric_drift = larger(numeric_drift, gapOf(one.verdict, other.verdict));
    }
    windows += count;
    state_bytes = Math.max(state_bytes, JSON.stringify(state).length);
    is_finite &&= isAllFinite(state);
    const { user, system } = process.cpuUsage(before);
    cpu_seconds = (user + system) / 1e6;
  }
  const fresh_gap = REMEMBERING.has(name)
    ? null
    : freshGap(detector, state, beginDetector(detector, shown, traits), ring);
  return {
    detector: name,
    shown,
    windows,
    cpu_seconds,
    state_bytes,
    is_finite,
    numeric_drift: RANKING.has(name) ? null : numeric_drift,
    fresh_gap,
  };
}

/** What of the law a run has broken, for people; null where it holds. */
export function brokenLaw({ detector, shown, ...run }: LongRun): string | null {
  const { windows, is_finite, state_bytes, numeric_drift, fresh_gap } = run;
  const told = `${detector} (${shown}), ${windows} windows: `;
  if (!is_finite) return `${told}a figure of its state is not finite`;
  if (!(state_bytes <= STATE_BYTES_MAX)) return `${told}its state takes ${state_bytes} bytes`;
  if (numeric_drift !== null && !(numeric_drift <= (DRIFT_MAX_OF[detector] ?? DRIFT_MAX)))
    return `${told}its figures part by ${numeric_drift.toExponential(1)} in rounding`;
  if (fresh_gap === null || fresh_gap <= DRIFT_MAX) return null;
  return `${told}its figures are off by ${fresh_gap.toExponential(1)} from those of one that began lately`;
}

function freshGap(detector: Detector, old: unknown, fresh: unknown, ring: Ring): number {
  let [old_state, fresh_state] = [old, fresh];
  let largest = 0;
  for (let index = 0; index < NEW_WINDOWS; index++) {
    const window = ring.next();
    const one = detector.step(old_state, window);
    const other = detector.step(fresh_state, window);
    old_state = one.state;
    fresh_state = other.state;
    if (index >= NEW_WINDOWS - COMPARED_WINDOWS) largest = larger(largest, gapOf(one.verdict, other.verdict));
  }
  return largest;
}

function gapOf(one: Verdict, other: Verdict): number {
  return Math.abs(one.log_evidence - other.log_evidence) / Math.max(1, Math.abs(one.log_evidence));
}

/** The larger of two; a gap that is no number is larger than any. */
function larger(one: number, other: number): number {
  return other <= one ? one : Number.isNaN(other) ? Number.POSITIVE_INFINITY : other;
}

function isAllFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isAllFinite);
}
