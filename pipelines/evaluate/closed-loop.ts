import type { Detector } from '../../contracts/detector.js';
import type { EvaluationRow } from '../../contracts/evaluation-report.js';
import type { SignalKind } from '../../contracts/signal.js';
import { recoveryEsr } from '../../detectors/recovery-e-sr.js';
import { Random } from '../../sources/simulate/random.js';
import { noRecentWindows, remember, sinceChange } from '../detect/recent-windows.js';
import { initTrack, type Stream, stepTrack, type TrackContext } from '../policy/episodes.js';
import type { RecoveryDetector } from '../policy/recovery.js';
import { SCENARIOS } from './evaluation-scenario.js';
import type { Trial } from './run-length.js';
import { ScenarioStream } from './scenario-stream.js';
import { isPerWindow, type ShiftCase } from './shift-case.js';

/** Windows that nothing is wrong, and that a drift lasts, on average; both times are exponential. */
const QUIET_WINDOWS = 800;
const DRIFT_WINDOWS = 160;
/** Share of the calls that a throttle leaves while an episode is open. */
const THROTTLED_SHARE = 0.4;
/** As in the configuration that `init` writes. */
const EFFECT_CONFIDENCE_MIN = 0.9;

export interface LoopOptions {
  /** Drifts that come and go. */
  readonly episodes: number;
  /** `policy.recovery_calls`: calls that a drifted stream may bring, on average, before it is let go in error. */
  readonly recovery_calls: number;
  readonly seed: number;
}

interface Tally {
  quiet_windows: number;
  drifts: number;
  found: number;
  /** Of these, begun while no episode was open. */
  timed: number;
  reopened: number;
  false_openings: number;
  detect_units: number;
  recovered: number;
  recover_units: number;
}

/**
 * A drift that comes and goes, under the policy's own state machine: an episode opens by the gate and closes by the
 * recovery detector, and throttles the calls while it is open. A transition beyond one opening and one closing of a drift,
 * or of an episode without one, is a flap.
 */
export function closedLoop(trial: Trial, one: ShiftCase, options: LoopOptions): Partial<EvaluationRow> {
  const { episodes, seed } = options;
  if (isPerWindow(one)) return { reason: 'a closed loop is measured for levels' };
  const random = Random.of(seed, `closed loop of ${one.shown}`);
  const stream = new ScenarioStream(one, SCENARIOS['closed-loop']);
  stream.begin(random);
  const loop = new Loop(trial, one, options.recovery_calls);
  for (let episode = 0; episode < episodes; episode++) {
    loop.run(stream, random, windowsOf(random, QUIET_WINDOWS), false);
    loop.run(stream, random, windowsOf(random, DRIFT_WINDOWS), true);
  }
  const { found, timed, reopened, drifts, quiet_windows, false_openings, detect_units, recovered, recover_units } =
    loop.tally;
  return {
    delay: timed === 0 ? null : detect_units / timed,
    missed_rate: 1 - found / drifts,
    flaps_per_episode: found === 0 ? null : (2 * reopened) / found,
    false_openings_per_1000: (1000 * false_openings) / quiet_windows,
    recovery_delay: recovered === 0 ? null : recover_units / recovered,
  };
}

function windowsOf(random: Random, mean: number): number {
  return Math.max(1, Math.round(-mean * Math.log(1 - random.uniform())));
}

class Loop {
  readonly tally: Tally = {
    quiet_windows: 0,
    drifts: 0,
    found: 0,
    timed: 0,
    reopened: 0,
    false_openings: 0,
    detect_units: 0,
    recovered: 0,
    recover_units: 0,
  };
  readonly #detector: Detector;
  readonly #trial: Trial;
  readonly #stream: Stream;
  readonly #calls: number;
  readonly #policy: TrackContext;
  #state: unknown;
  #track = initTrack();
  #recent = noRecentWindows();

  constructor(trial: Trial, one: ShiftCase, recovery_calls: number) {
    this.#policy = {
      effect_confidence_min: EFFECT_CONFIDENCE_MIN,
      recovery_calls,
      recovery: recoveryEsr as unknown as RecoveryDetector,
    };
    this.#trial = trial;
    this.#detector = trial.detector;
    this.#calls = one.window_calls;
    const { kind, harmful, upper } = trial.traits;
    this.#stream = {
      signal: 'loop',
      relationship: null,
      segment: 'all',
      kind,
      harmful,
      detector: trial.detector.name,
      upper,
    };
    this.#state = this.#begin();
  }

  run(stream: ScenarioStream, random: Random, windows: number, is_drifted: boolean): void {
    const { tally } = this;
    let units = 0;
    let openings = 0;
    const was_open = this.#track.open !== null;
    let is_waiting = was_open;
    if (is_drifted) tally.drifts++;
    else tally.quiet_windows += windows;
    const source = is_drifted ? stream.changed : stream.quiet;
    for (let index = 0; index < windows; index++) {
      stream.size(this.#track.open === null ? this.#calls : Math.max(1, Math.round(this.#calls * THROTTLED_SHARE)));
      const window = source.next(random);
      units += window.n;
      const change = this.#take(window);
      if (change === 'opened' && !is_drifted) tally.false_openings++;
      else if (change === 'opened' && openings++ > 0) tally.reopened++;
      else if (change === 'opened' && !was_open) {
        tally.timed++;
        tally.detect_units += units;
      } else if (change === 'closed' && !is_drifted && is_waiting) {
        is_waiting = false;
        tally.recovered++;
        tally.recover_units += units;
      }
    }
    // A drift that began while an episode was still open is in its hands, be it closed and opened again or not.
    if (is_drifted && (was_open || openings > 0)) tally.found++;
  }

  #take(window: ReturnType<ScenarioStream['quiet']['next']>): 'opened' | 'closed' | null {
    remember(this.#recent, this.#stream.kind as SignalKind, window);
    const step = this.#detector.step(this.#state, window);
    this.#state = step.state;
    const { verdict } = step;
    const taken = stepTrack(
      this.#track,
      {
        stream: this.#stream,
        window,
        closed_us: window.end_us,
        verdict,
        baseline_version: 'simulated',
        since_change: verdict.change_us === null ? null : sinceChange(this.#recent, verdict.change_us),
      },
      this.#policy,
    );
    this.#track = taken.track;
    if (taken.reset_detector) {
      this.#state = this.#begin();
      this.#recent = noRecentWindows();
    }
    const kinds = taken.changes.map(({ kind }) => kind);
    return kinds.includes('opened') ? 'opened' : kinds.includes('closed') ? 'closed' : null;
  }

  #begin(): unknown {
    return this.#detector.init(this.#trial.options, this.#trial.traits);
  }
}
