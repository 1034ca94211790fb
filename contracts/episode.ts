import type { RelationshipLabel, Verdict } from './verdict.js';

export const EPISODE_STATES = ['healthy', 'suspect', 'drifted', 'recovering'] as const;
export type EpisodeState = (typeof EPISODE_STATES)[number];

/** A span of drift in one stream: opened by a verdict, closed by separate evidence of recovery. */
export interface Episode {
  /** Deterministic: made of the stream, the baseline version and the window of detection. */
  readonly id: string;
  readonly signal: string | null;
  readonly relationship: string | null;
  readonly segment: string;
  readonly direction: 'up' | 'down';
  readonly is_harmful: boolean;
  readonly label: RelationshipLabel | null;
  /** Which part of a mix has moved, the name of its signal or `rest`; null for anything else. */
  readonly part: string | null;
  /** Estimated start of the drift, and when it was detected, microseconds of event time. */
  readonly began_us: number;
  readonly detected_us: number;
  readonly closed_us: number | null;
  readonly state: EpisodeState;
  /** Natural scale of the signal (proportion, per minute, unit of the mean; correlation for a relationship, share of calls for a mix). */
  readonly expected: number;
  readonly expected_low: number;
  readonly expected_high: number;
  readonly observed: number;
  /** Groupings (`campaign,number_pool`) from whose levels it was put together what was expected; null: the segment's own. */
  readonly leaves: string | null;
  /** Units (calls, turns, windows) from the estimated start to detection. */
  readonly units: number;
  readonly severity: Severity;
  readonly baseline_version: string;
  readonly detector: string;
  /** The verdict that opened it. */
  readonly verdict: Verdict;
  /** Drifts of other streams that it explains, in the order in which they were found; they have no episode of their own. */
  readonly folded: readonly FoldedDrift[];
}

/** A drift that an open episode explains: the same calls, seen in another segment or by a kindred signal. */
export interface FoldedDrift {
  readonly signal: string;
  readonly segment: string;
  /** Its own estimated start, and when it was detected, microseconds of event time. */
  readonly began_us: number;
  readonly detected_us: number;
  /** Natural scale of its signal, over `units` since its own start. */
  readonly expected: number;
  readonly observed: number;
  readonly units: number;
  /** Evidence against its baseline, and against a level shifted as far as the episode's: what is left unexplained. */
  readonly log_evidence: number;
  readonly residual_log_evidence: number;
}

export const SEVERITIES = ['minor', 'major', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
