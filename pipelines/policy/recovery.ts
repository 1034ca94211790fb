import type { DetectionWindow, Detector, StreamTraits, WatchedKind } from '../../contracts/detector.js';
import type { EpisodeState } from '../../contracts/episode.js';
import type { Verdict } from '../../contracts/verdict.js';
import type { Stream } from './stream.js';

/**
 * Recovery: an episode closes only by evidence of its own, never by a timer and never because the evidence of drift
 * faded. The detector is handed in; its null hypothesis is "still drifted", and its threshold is the number of calls
 * that a drifted stream may bring, on average, before it is wrongly let go.
 */

/** Options of the recovery detector, made when an episode opens. */
export interface RecoveryStart {
  /** How far the stream has moved, signed, in the scale of the stream's detector; never 0. */
  readonly drift_effect: number;
  /** Natural logarithm of the units that a stream which is still drifted may bring before it is let go in error. */
  readonly recovery_log_threshold: number;
  /** Of a mix: which part has moved, from 0. */
  readonly part?: number;
}

/** A detector (contracts/detector.ts) with these options. The state `drift` of its verdict means: it has recovered. */
export interface RecoveryDetector {
  readonly name: string;
  readonly kinds: readonly WatchedKind[];
  init(start: RecoveryStart, traits: StreamTraits): unknown;
  step(state: unknown, window: DetectionWindow): { readonly state: unknown; readonly verdict: Verdict };
}

/** The one among the detectors that is a recovery detector; null when there is none. */
export function recoveryOf(detectors: Readonly<Record<string, Detector>>): RecoveryDetector | null {
  return (detectors['recovery-e-sr'] as unknown as RecoveryDetector | undefined) ?? null;
}

/** A relapse doubles the evidence that the next recovery needs, up to this many times the configured one. */
export const RECOVERY_MULTIPLIER_MAX = 8;

/**
 * Relationships count windows, not calls: a window stands for this many calls (the size at which detection windows
 * close by default), and at least `RECOVERY_WINDOWS_MIN` windows are asked for.
 */
const CALLS_PER_WINDOW = 25;
const RECOVERY_WINDOWS_MIN = 20;

/** A detector may open an episode without saying how far the stream has moved; recovery needs some distance. */
const EFFECT_MIN = 0.05;
const EFFECT_MAX = 10;

/** Below the threshold by this factor an episode is recovering; below it by the second one it is drifted again. */
const LOG_RECOVERING = Math.log(4);
const LOG_DRIFTED_AGAIN = Math.log(20);

/** Begins the search for recovery from a verdict that opened an episode; null: the detector does not know the kind. */
export function beginRecovery(
  detector: RecoveryDetector | null,
  stream: Stream,
  verdict: Verdict,
  recovery_calls: number,
  multiplier: number,
): unknown {
  if (detector === null || !detector.kinds.includes(stream.kind)) return null;
  const units =
    stream.kind === 'relationship' ? Math.max(RECOVERY_WINDOWS_MIN, recovery_calls / CALLS_PER_WINDOW) : recovery_calls;
  const log_threshold = Math.log(units * multiplier);
  const effect = Math.min(EFFECT_MAX, Math.max(EFFECT_MIN, Math.abs(verdict.effect)));
  const drift_effect = verdict.direction === 'up' ? effect : -effect;
  const { kind, harmful, upper, sides } = stream;
  const part = verdict.part === undefined ? {} : { part: verdict.details!.part! };
  return detector.init(
    { drift_effect, recovery_log_threshold: log_threshold, ...part },
    { kind, harmful, upper, sides, log_threshold },
  );
}

/**
 * The state of an open episode after a verdict of the recovery detector; `healthy` closes it. Entering `recovering`
 * takes more evidence than staying in it, so that an episode does not flap between the two.
 */
export function stateAfterRecoveryVerdict(state: EpisodeState, verdict: Verdict): EpisodeState {
  if (verdict.state === 'drift') return 'healthy';
  const missing = verdict.log_threshold - verdict.log_evidence;
  if (state === 'recovering') return missing > LOG_DRIFTED_AGAIN ? 'drifted' : 'recovering';
  return missing <= LOG_RECOVERING ? 'recovering' : 'drifted';
}
