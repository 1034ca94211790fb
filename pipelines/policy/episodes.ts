import { createHash } from 'node:crypto';
import type { DetectionWindow, ExpectedLevel } from '../../contracts/detector.js';
import type { Episode, EpisodeState } from '../../contracts/episode.js';
import type { Verdict } from '../../contracts/verdict.js';
import { leavesOf } from '../detect/window.js';
import { canonicalJson } from '../journal.js';
import { excessOfWindow, excessSince } from './folding.js';
import {
  beginRecovery,
  RECOVERY_MULTIPLIER_MAX,
  type RecoveryDetector,
  stateAfterRecoveryVerdict,
} from './recovery.js';
import { severityOf } from './severity.js';
import type { SinceChange, Stream, StreamVerdict } from './stream.js';

/**
 * The state machine of one stream: healthy -> suspect -> drifted -> recovering -> healthy.
 *
 * | from | to | when |
 * | --- | --- | --- |
 * | healthy, suspect | suspect | evidence at the warning level, or at the threshold while the gate does not hold |
 * | healthy, suspect | drifted | the gate holds: an episode opens and the stream's detector starts anew |
 * | drifted | recovering | the recovery detector is within a factor 4 of its threshold |
 * | recovering | drifted | it has fallen to less than a twentieth of its threshold |
 * | drifted, recovering | healthy | it has reached its threshold: the episode closes, the detector starts anew |
 */

export type { SinceChange, Stream, StreamVerdict } from './stream.js';
export { streamKey } from './stream.js';

/** Plain JSON. A step may write into the recovery state inside it: keep the track that the step returns. */
export interface EpisodeTrack {
  readonly state: EpisodeState;
  readonly open: OpenEpisode | null;
  /** The episode before, for telling a relapse. */
  readonly last: ClosedEpisode | null;
}

export interface OpenEpisode {
  readonly episode: Episode;
  /** State of the recovery detector; null when there is none for this kind of stream: nothing closes the episode. */
  readonly recovery: unknown;
  readonly recovery_multiplier: number;
  /** When the newest window came in, event time. Nothing is decided anew on data older than the last decision. */
  readonly fed_us: number;
  /** Counts beyond what was expected since the start, up to the newest window. */
  readonly excess: number;
  /** `streamKey` of every stream whose drift is folded into this episode. */
  readonly folded_keys: readonly string[];
}

export interface ClosedEpisode {
  readonly closed_us: number;
  /** From the estimated start to the closing. */
  readonly length_us: number;
  readonly recovery_multiplier: number;
}

export interface TrackContext {
  readonly effect_confidence_min: number;
  /** Calls of evidence that an episode needs to close, before any doubling. */
  readonly recovery_calls: number;
  /** Null: nothing closes an episode. */
  readonly recovery: RecoveryDetector | null;
}

export interface EpisodeChange {
  readonly kind: 'opened' | 'changed' | 'closed';
  readonly episode: Episode;
  readonly at_us: number;
}

export interface TrackStep {
  readonly track: EpisodeTrack;
  readonly changes: readonly EpisodeChange[];
  /** The detect stage starts the stream's detector anew: what it has gathered belongs to the other side of a change. */
  readonly reset_detector: boolean;
}

const HEALTHY: EpisodeTrack = Object.freeze({ state: 'healthy', open: null, last: null });
const NO_CHANGES: readonly EpisodeChange[] = Object.freeze([]);

export function initTrack(): EpisodeTrack {
  return HEALTHY;
}

/** Whether a verdict leaves a healthy stream as it is: the case of nearly every window, told without allocating. */
export function isCalm(verdict: Verdict): boolean {
  return verdict.state === 'quiet' || verdict.state === 'insufficient';
}

/** One detection window of one stream. An unchanged track is the same object as before. */
export function stepTrack(track: EpisodeTrack, input: StreamVerdict, context: TrackContext): TrackStep {
  if (track.open !== null) return stepOpen(track, track.open, input, context);
  if (holdsGate(input.verdict, context.effect_confidence_min)) return openEpisode(track, input, context);
  const state = isCalm(input.verdict) ? 'healthy' : 'suspect';
  return silently(state === track.state ? track : { ...track, state });
}

/**
 * The gate (all must hold): evidence at the threshold on a sufficient baseline (`drift`), a shift that is worth acting
 * on with enough confidence, and the last window still on the drifted side.
 */
function holdsGate(verdict: Verdict, effect_confidence_min: number): boolean {
  return (
    verdict.state === 'drift' &&
    verdict.direction !== 'none' &&
    verdict.effect_confidence >= effect_confidence_min &&
    verdict.is_still_drifted
  );
}

function openEpisode(track: EpisodeTrack, input: StreamVerdict, context: TrackContext): TrackStep {
  const episode = makeEpisode(input);
  const { last } = track;
  const is_relapse = last !== null && episode.began_us - last.closed_us <= last.length_us;
  const recovery_multiplier = is_relapse ? Math.min(RECOVERY_MULTIPLIER_MAX, last.recovery_multiplier * 2) : 1;
  const { recovery: detector, recovery_calls } = context;
  const recovery = beginRecovery(detector, input.stream, input.verdict, recovery_calls, recovery_multiplier);
  return {
    track: {
      state: 'drifted',
      open: {
        episode,
        recovery,
        recovery_multiplier,
        fed_us: input.closed_us,
        excess: excessSince(input),
        folded_keys: [],
      },
      last,
    },
    changes: [{ kind: 'opened', episode, at_us: input.closed_us }],
    reset_detector: true,
  };
}

function stepOpen(track: EpisodeTrack, open: OpenEpisode, input: StreamVerdict, context: TrackContext): TrackStep {
  // A gap says nothing about recovery, and is no reason to decide anything anew.
  if (input.window.n <= 0) return silently(track);
  const fed_us = input.closed_us;
  const excess = input.stream.kind === 'relationship' ? open.excess : open.excess + excessOfWindow(input);
  if (open.recovery === null || context.recovery === null)
    return silently({ ...track, open: { ...open, fed_us, excess } });

  const { state: recovery, verdict } = context.recovery.step(open.recovery, input.window);
  const state = stateAfterRecoveryVerdict(track.state, verdict);
  if (state === 'healthy') return closeEpisode(open, input.closed_us);
  if (state === track.state) return silently({ ...track, open: { ...open, recovery, fed_us, excess } });

  const episode: Episode = { ...open.episode, state };
  return {
    track: { ...track, state, open: { ...open, episode, recovery, fed_us, excess } },
    changes: [{ kind: 'changed', episode, at_us: input.closed_us }],
    reset_detector: false,
  };
}

function closeEpisode(open: OpenEpisode, closed_us: number): TrackStep {
  const episode: Episode = { ...open.episode, state: 'healthy', closed_us };
  const length_us = Math.max(0, closed_us - episode.began_us);
  return {
    track: {
      state: 'healthy',
      open: null,
      last: { closed_us, length_us, recovery_multiplier: open.recovery_multiplier },
    },
    changes: [{ kind: 'closed', episode, at_us: closed_us }],
    reset_detector: true,
  };
}

function silently(track: EpisodeTrack): TrackStep {
  return { track, changes: NO_CHANGES, reset_detector: false };
}

function makeEpisode(input: StreamVerdict): Episode {
  const { stream, verdict, window, since_change } = input;
  const direction = verdict.direction === 'up' ? 'up' : 'down';
  const figures = since_change !== null && hasFigures(since_change) ? since_change : windowFigures(stream, input);
  return {
    id: episodeId(stream, input.baseline_version, direction, window),
    signal: stream.signal,
    relationship: stream.relationship,
    segment: stream.segment,
    direction,
    is_harmful: verdict.is_harmful,
    label: verdict.label ?? null,
    part: verdict.part ?? null,
    began_us: Math.min(verdict.change_us ?? window.start_us, input.closed_us),
    detected_us: input.closed_us,
    closed_us: null,
    state: 'drifted',
    expected: figures.expected,
    expected_low: figures.expected_low,
    expected_high: figures.expected_high,
    observed: figures.observed,
    leaves: leavesOf(window.expected),
    units: figures === since_change ? figures.n : verdict.units_since_change,
    severity: severityOf(verdict),
    baseline_version: input.baseline_version,
    detector: stream.detector,
    verdict,
    folded: [],
  };
}

/** Made of what was decided, never of a position: the same drift has the same id however the input was cut. */
function episodeId(stream: Stream, baseline_version: string, direction: string, window: DetectionWindow): string {
  const { signal, relationship, segment, detector } = stream;
  const parts = [signal, relationship, segment, detector, baseline_version, direction, window.start_us];
  return createHash('sha256').update(canonicalJson(parts)).digest('hex').slice(0, 16);
}

function hasFigures(figures: SinceChange): boolean {
  return Object.values(figures).every(Number.isFinite) && figures.n > 0;
}

/** The figures of the window alone, where the span since the change has none. Intervals are 95 %. */
function windowFigures(stream: Stream, input: StreamVerdict): SinceChange {
  const { window, verdict } = input;
  const part = window.parts?.[verdict.details?.part ?? -1];
  if (part !== undefined) return levelFigures(window.n, part.total / window.n, part.expected);
  if (window.expected_correlation !== undefined) {
    const { correlation, correlation_low, correlation_high } = window.expected_correlation;
    const shift = Math.abs(verdict.effect) * (verdict.direction === 'up' ? 1 : -1);
    return {
      n: window.n,
      observed: Math.tanh(Math.atanh(Math.max(-0.999, Math.min(0.999, correlation))) + shift),
      expected: correlation,
      expected_low: correlation_low,
      expected_high: correlation_high,
    };
  }
  const divisor = stream.kind === 'rate' ? window.exposure_ms / 60_000 : window.n;
  return levelFigures(window.n, divisor > 0 ? window.total / divisor : window.expected.level, window.expected);
}

function levelFigures(n: number, observed: number, { level, standard_error }: ExpectedLevel): SinceChange {
  return {
    n,
    observed,
    expected: level,
    expected_low: level - 1.96 * standard_error,
    expected_high: level + 1.96 * standard_error,
  };
}
