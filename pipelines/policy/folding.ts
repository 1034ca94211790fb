import type { Episode, FoldedDrift } from '../../contracts/episode.js';
import { parseSegmentKey, type SignalKind, segmentsOverlap } from '../../contracts/signal.js';
import { clampProportion } from '../../detectors/stats/bernoulli-log-ratio.js';
import { bernoulliDivergence, gaussianDivergence, poissonDivergence } from '../../detectors/stats/kullback-leibler.js';
import { expit, logit } from '../../detectors/stats/logit.js';
import type { StreamVerdict } from './stream.js';

/**
 * One cause, one episode. A drift of one segment shows in every segment that shares its calls, diluted. Once an episode
 * is open, another drift of the same signal (or of one that the configuration says has the same cause) in a segment that
 * may hold the same calls is folded into it when both hold:
 *
 * 1. It has not moved further than the episode: the evidence of its counts since the change against a level shifted as
 *    far as the episode's lies below its threshold. A mix of drifted calls and others moves less than the drifted ones.
 * 2. The episode explains enough of it: of its excess (counts beyond what is expected) at least `explained_share` is
 *    there in the episode too, as far as chance lets that be told. Signals of one cause count different things and are
 *    held to the first alone.
 */

/** Drifts named in one episode, and left out of baselines for it, at most; one more gets an episode of its own. */
export const FOLDED_MAX = 256;

const MS_PER_MINUTE = 60_000;

export interface FoldingContext {
  readonly explained_share: number;
  /** Sets of signals that one cause moves together. */
  readonly same_cause: readonly (readonly string[])[];
}

/** What is asked of an open episode. */
export interface OpenCause {
  readonly episode: Episode;
  /** When its newest window came in, event time. */
  readonly fed_us: number;
  /** Counts beyond what was expected since its start, up to then. */
  readonly excess: number;
}

/** What a drift comes to when an open episode explains it; null when it does not. */
export function foldedInto(open: OpenCause, input: StreamVerdict, context: FoldingContext): FoldedDrift | null {
  const { episode } = open;
  const { stream, verdict, since_change: since } = input;
  if (episode.signal === null || stream.signal === null || since === null || stream.kind === 'relationship')
    return null;
  if (verdict.direction !== episode.direction || !(since.n > 0)) return null;
  if (!isSameCause(episode.signal, stream.signal, context)) return null;
  if (!segmentsOverlap(parseSegmentKey(episode.segment), parseSegmentKey(stream.segment))) return null;
  if (episode.folded.length >= FOLDED_MAX && !isNamed(episode, stream.signal, stream.segment)) return null;
  const residual_log_evidence = residualEvidence(input, stream.kind, episode.verdict.effect);
  if (!(residual_log_evidence < verdict.log_threshold)) return null;
  if (episode.signal === stream.signal && !isExcessExplained(open, input, context.explained_share)) return null;
  return {
    signal: stream.signal,
    segment: stream.segment,
    began_us: Math.round(Math.min(verdict.change_us ?? input.window.start_us, input.closed_us)),
    detected_us: input.closed_us,
    expected: since.expected,
    observed: since.observed,
    units: since.n,
    log_evidence: verdict.log_evidence,
    residual_log_evidence,
  };
}

function isSameCause(left: string, right: string, { same_cause }: FoldingContext): boolean {
  return left === right || same_cause.some((signals) => signals.includes(left) && signals.includes(right));
}

/** Trials, values or minutes of exposure since the change. */
function sizeSince({ window, stream, since_change }: StreamVerdict): number {
  const per_unit = stream.kind === 'rate' ? window.exposure_ms / MS_PER_MINUTE / Math.max(1, window.n) : 1;
  return since_change === null ? 0 : since_change.n * per_unit;
}

/** Counts beyond what is expected since the change: events, successes, or units of a mean times values. */
export function excessSince(input: StreamVerdict): number {
  const since = input.since_change;
  return since === null ? 0 : sizeSince(input) * (since.observed - since.expected);
}

/** What one more window adds to the excess. */
export function excessOfWindow({ window, stream }: StreamVerdict): number {
  const size = stream.kind === 'rate' ? window.exposure_ms / MS_PER_MINUTE : window.n;
  return window.total - size * window.expected.level;
}

/** Log-likelihood ratio of the counts since the change beyond a level shifted by `effect`; 0 when they are not beyond. */
function residualEvidence(input: StreamVerdict, kind: SignalKind, effect: number): number {
  const { observed, expected } = input.since_change!;
  const { value_sd, dispersion } = input.window.expected;
  const size = sizeSince(input) / Math.max(1, dispersion);
  const shifted = shiftedLevel(kind, expected, effect, value_sd);
  if (effect > 0 ? observed <= shifted : observed >= shifted) return 0;
  if (kind === 'proportion') return size * bernoulliDivergence(Math.min(1, Math.max(0, observed)), shifted);
  if (kind === 'rate') {
    // Nothing observed at all: the divergence of 0 is the level itself.
    return size * (observed > 0 ? poissonDivergence(observed, Math.max(shifted, 1e-9)) : shifted);
  }
  return value_sd > 0 ? size * gaussianDivergence((observed - shifted) / value_sd) : Number.POSITIVE_INFINITY;
}

function shiftedLevel(kind: SignalKind, level: number, effect: number, value_sd: number): number {
  if (kind === 'proportion') return clampProportion(expit(logit(clampProportion(level)) + effect));
  return kind === 'rate' ? level * Math.exp(effect) : level + effect * value_sd;
}

/** Whether the episode's own excess makes up enough of the drift's, over the span that both have had. */
function isExcessExplained(open: OpenCause, input: StreamVerdict, explained_share: number): boolean {
  const { observed, expected, expected_high } = input.since_change!;
  const side = open.episode.direction === 'up' ? 1 : -1;
  const wanted = explained_share * side * sizeSince(input) * (observed - expected);
  const span_us = input.closed_us - (input.verdict.change_us ?? input.window.start_us);
  const open_us = Math.max(1, open.fed_us - open.episode.began_us);
  const there = side * open.excess * Math.min(1, span_us / open_us);
  // `expected_high` lies as far above `expected` as chance takes the level in 95 % of spans.
  const slack = sizeSince(input) * Math.abs(expected_high - expected);
  return there >= wanted - slack;
}

/** The episode with one more drift named in it; the same one when that stream is named already. */
export function withFolded(episode: Episode, drift: FoldedDrift): Episode {
  if (isNamed(episode, drift.signal, drift.segment)) return episode;
  return { ...episode, folded: [...episode.folded, drift] };
}

function isNamed({ folded }: Episode, signal: string, segment: string): boolean {
  return folded.some((drift) => drift.signal === signal && drift.segment === segment);
}
