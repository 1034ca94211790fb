import type { DetectionWindow, StreamTraits } from '../../contracts/detector.js';
import type { SignalKind } from '../../contracts/signal.js';
import type { Verdict } from '../../contracts/verdict.js';

/** One watched stream: a signal or a relationship, in a segment, under one detector. */
export interface Stream {
  /** Exactly one of `signal` and `relationship` is not null. */
  readonly signal: string | null;
  readonly relationship: string | null;
  /** Canonical key of the segment (`segmentKey`). */
  readonly segment: string;
  readonly kind: SignalKind | 'relationship';
  readonly harmful: 'up' | 'down' | 'either';
  readonly detector: string;
  /** Largest value of a mean, in the unit of its statistics; the recovery detector needs it too. */
  readonly upper?: number | undefined;
  /** Relationships only: the kinds of the two signals; for the recovery detector as well. */
  readonly sides?: StreamTraits['sides'];
}

/** What the detect stage hands over for one detection window of one stream. */
export interface StreamVerdict {
  readonly stream: Stream;
  readonly window: DetectionWindow;
  /** Event time at which this is known, microseconds. */
  readonly closed_us: number;
  /** Of the stream's detector; not looked at while the stream has an open episode. */
  readonly verdict: Verdict;
  readonly baseline_version: string;
  /** Statistics over [change, now], in the natural scale of the signal. */
  readonly since_change: SinceChange | null;
}

export interface SinceChange {
  /** Units: calls, turns, or windows of a relationship. */
  readonly n: number;
  readonly observed: number;
  readonly expected: number;
  readonly expected_low: number;
  readonly expected_high: number;
}

/** The name of a stream within one run. No part of it may hold a `|`: names and detectors are lower case with `_`, `-`. */
export function streamKey(stream: Stream): string {
  return `${stream.signal ?? `~${stream.relationship}`}|${stream.detector}|${stream.segment}`;
}

/** Signal (or `~relationship`) and segment of a key that `streamKey` made. */
export function readStreamKey(key: string): { readonly name: string; readonly segment: string } {
  const [name, detector] = key.split('|', 2) as [string, string];
  return { name, segment: key.slice(name.length + detector.length + 2) };
}
