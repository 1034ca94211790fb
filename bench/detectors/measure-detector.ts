import type { DetectionWindow, Detector, WatchedKind } from '../../contracts/detector.js';
import { detectors } from '../../detectors/index.js';
import { DEFAULT_CASES, type Shown, shownTo, traitsOf } from '../../pipelines/evaluate/shift-case.js';
import { quietWindows } from './case-windows.js';

export interface DetectorTask {
  readonly detector: string;
  readonly kind: WatchedKind;
  /** Streams, each with a state of its own, which take a window in turn. */
  readonly streams: number;
  /** Processor time after which a run ends, and windows. */
  readonly seconds_max: number;
  readonly windows_max: number;
  readonly seed: number;
}

export interface DetectorSpeed {
  readonly detector: string;
  readonly shown: Shown;
  readonly streams: number;
  readonly windows: number;
  readonly cpu_seconds: number;
  /** Windows taken in, per second of processor time. */
  readonly windows_per_s: number;
  /** Largest JSON form of a state at the end. */
  readonly state_bytes: number;
  /**
   * How far the log evidence at the end lies from that of a detector which began NEW_WINDOWS before it, at most: what has
   * piled up in rounding. Null where a detector remembers longer than that by design.
   */
  readonly numeric_drift: number | null;
}

/** Rare enough that a quiet stream of any length here does not come to it. */
const LOG_THRESHOLD = Math.log(1e12);
const WARM_UP_SECONDS = 0.5;
/** Windows between looks at the clock, for each stream at least one. */
const WINDOWS_PER_LOOK = 16_384;
const WINDOW_US = 60_000_000;
/** By then what came before has left the evidence of whatever forgets. */
const NEW_WINDOWS = 50_000;
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

/** A stream that goes round and round the same windows, at times that go on. */
class Ring {
  readonly #windows: DetectionWindow[];
  #at = 0;

  constructor(windows: DetectionWindow[]) {
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

/** How fast a detector takes in windows in which nothing happens, and whether its figures hold. */
export function measureDetector(task: DetectorTask): DetectorSpeed {
  const detector = (detectors as Readonly<Record<string, Detector>>)[task.detector]!;
  const shown = shownTo(task.kind);
  const begin = () => beginDetector(detector, shown);
  const ring = new Ring(quietWindows(shown, task.seed));
  run(detector, Array.from({ length: task.streams }, begin), ring, WARM_UP_SECONDS, Number.POSITIVE_INFINITY);
  const states = Array.from({ length: task.streams }, begin);
  const { windows, cpu_seconds } = run(detector, states, ring, task.seconds_max, task.windows_max);
  const numeric_drift = REMEMBERING.has(task.detector) ? null : numericDrift(detector, states[0], begin(), ring);
  return {
    detector: task.detector,
    shown,
    streams: task.streams,
    windows,
    cpu_seconds,
    windows_per_s: windows / cpu_seconds,
    state_bytes: JSON.stringify(states[0]).length,
    numeric_drift,
  };
}

function beginDetector(detector: Detector, shown: Shown): unknown {
  const options =
    detector.name === 'recovery-e-sr'
      ? { drift_effect: shown === 'pair' ? 0.8 : -0.8, recovery_log_threshold: LOG_THRESHOLD }
      : {};
  return detector.init(detector.config.parse(options), traitsOf(DEFAULT_CASES[shown], LOG_THRESHOLD));
}

/** Each stream takes one window a round, as in operation, where what closes at one time comes stream by stream. */
function run(detector: Detector, states: unknown[], ring: Ring, seconds_max: number, windows_max: number) {
  const rounds = Math.max(1, Math.floor(WINDOWS_PER_LOOK / states.length));
  const before = process.cpuUsage();
  let windows = 0;
  let cpu_seconds = 0;
  while (cpu_seconds < seconds_max && windows < windows_max) {
    for (let round = 0; round < rounds; round++)
      for (let stream = 0; stream < states.length; stream++)
        states[stream] = detector.step(states[stream], ring.next()).state;
    windows += rounds * states.length;
    const { user, system } = process.cpuUsage(before);
    cpu_seconds = (user + system) / 1e6;
  }
  return { windows, cpu_seconds };
}

function numericDrift(detector: Detector, old: unknown, fresh: unknown, ring: Ring): number {
  let [old_state, fresh_state] = [old, fresh];
  let largest = 0;
  for (let index = 0; index < NEW_WINDOWS; index++) {
    const window = ring.next();
    const one = detector.step(old_state, window);
    const other = detector.step(fresh_state, window);
    old_state = one.state;
    fresh_state = other.state;
    if (index < NEW_WINDOWS - COMPARED_WINDOWS) continue;
    const gap = Math.abs(one.verdict.log_evidence - other.verdict.log_evidence);
    // A comparison with NaN would pass it over.
    if (!(gap <= largest)) largest = gap;
  }
  return largest;
}
