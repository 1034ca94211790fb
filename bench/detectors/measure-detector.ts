import type { Detector, WatchedKind } from '../../contracts/detector.js';
import { detectors } from '../../detectors/index.js';
import { type Shown, shownTo } from '../../pipelines/evaluate/shift-case.js';
import { quietWindows } from './case-windows.js';
import { beginDetector, type LongRun, longRun, longTraits, Ring } from './long-run.js';

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
  /** Whether its figures hold over as many windows; null for many streams. */
  readonly long_run: LongRun | null;
}

const WARM_UP_SECONDS = 0.5;
/** Windows between looks at the clock, for each stream at least one. */
const WINDOWS_PER_LOOK = 16_384;

/** How fast a detector takes in windows in which nothing happens, and whether its figures hold. */
export function measureDetector(task: DetectorTask): DetectorSpeed {
  const detector = (detectors as Readonly<Record<string, Detector>>)[task.detector]!;
  const shown = shownTo(task.kind);
  const begin = () => beginDetector(detector, shown, longTraits(shown));
  const ring = new Ring(quietWindows(shown, task.seed));
  run(detector, Array.from({ length: task.streams }, begin), ring, WARM_UP_SECONDS, Number.POSITIVE_INFINITY);
  const states = Array.from({ length: task.streams }, begin);
  const { windows, cpu_seconds } = run(detector, states, ring, task.seconds_max, task.windows_max);
  return {
    detector: task.detector,
    shown,
    streams: task.streams,
    windows,
    cpu_seconds,
    windows_per_s: windows / cpu_seconds,
    state_bytes: JSON.stringify(states[0]).length,
    long_run: task.streams > 1 ? null : longRun(detector, task.kind, task),
  };
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
