import type { DetectionWindow, Detector, StreamTraits } from '../../contracts/detector.js';
import { detectors } from '../../detectors/index.js';
import { EXPECTED, MEAN_UPPER } from './case-windows.js';
import { drawValues, type ValueStream } from './value-streams.js';

export interface ValueTask {
  readonly detector: string;
  readonly stream: ValueStream;
  readonly seconds: number;
  readonly seed: number;
}

export interface ValueSpeed {
  readonly values: number;
  readonly cpu_seconds: number;
  /** How often it fired; it then begins afresh, as it does in operation. */
  readonly fired: number;
}

const WARM_UP_SECONDS = 0.5;
const VALUES_PER_LOOK = 65_536;
const LOG_THRESHOLD = Math.log(1e6);

/** How fast a detector takes single values in, a window each: the way in which other libraries are called. */
export function measureValues({ detector: name, stream, seconds, seed }: ValueTask): ValueSpeed {
  const detector = (detectors as Readonly<Record<string, Detector>>)[name]!;
  const values = drawValues(stream, seed);
  run(detector, stream, values, WARM_UP_SECONDS);
  return run(detector, stream, values, seconds);
}

function run(detector: Detector, stream: ValueStream, values: Float64Array, seconds: number): ValueSpeed {
  const kind = stream === 'outcomes' ? 'proportion' : 'mean';
  const expected = EXPECTED[kind];
  const upper = kind === 'mean' ? MEAN_UPPER : undefined;
  const traits: StreamTraits = { kind, harmful: 'either', upper, log_threshold: LOG_THRESHOLD };
  const options = detector.config.parse({});
  const window = { start_us: 0, end_us: 0, n: 1, total: 0, exposure_ms: 0, total_squares: 0, expected };
  let state = detector.init(options, traits);
  let [taken, fired, cpu_seconds] = [0, 0, 0];
  const before = process.cpuUsage();
  while (cpu_seconds < seconds) {
    for (let look = 0; look < VALUES_PER_LOOK; look++) {
      const value = values[taken++ % values.length];
      window.total = kind === 'mean' ? expected.level + expected.value_sd * value : value;
      window.total_squares = window.total * window.total;
      window.start_us = window.end_us;
      window.end_us += 1_000_000;
      const step = detector.step(state, window satisfies DetectionWindow);
      state = step.state;
      if (step.verdict.state !== 'drift') continue;
      fired++;
      state = detector.init(options, traits);
    }
    const { user, system } = process.cpuUsage(before);
    cpu_seconds = (user + system) / 1e6;
  }
  return { values: taken, cpu_seconds, fired };
}
