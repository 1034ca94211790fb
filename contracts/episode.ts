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
  /** Estimated start of the drift, and when it was detected, microseconds of event time. */
  readonly began_us: number;
  readonly detected_us: number;
  readonly closed_us: number | null;
  readonly state: EpisodeState;
  /** Natural scale of the signal (proportion, per minute, unit of the mean; correlation for a relationship). */
  readonly expected: number;
  readonly expected_low: number;
  readonly expected_high: number;
  readonly observed: number;
  /** Units (calls, turns, windows) from the estimated start to detection. */
  readonly units: number;
  readonly severity: Severity;
  readonly baseline_version: string;
  readonly detector: string;
  /** The verdict that opened it. */
  readonly verdict: Verdict;
}

export const SEVERITIES = ['minor', 'major', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
