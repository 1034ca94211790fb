/** What a detector says about one detection window of one stream: a record, never a bare boolean. */
export interface Verdict {
  /** `insufficient`: the baseline is too thin to act; `quiet`; `warn`: evidence at the warning level; `drift`: at the threshold. */
  readonly state: 'insufficient' | 'quiet' | 'warn' | 'drift';
  /** Natural logarithm of the evidence, and of the threshold it is held against. */
  readonly log_evidence: number;
  readonly log_threshold: number;
  /** Which way the stream has moved, as far as the evidence says. */
  readonly direction: 'up' | 'down' | 'none';
  /** Whether that way is harm. */
  readonly is_harmful: boolean;
  /** Size of the shift in the detector's own scale (log odds, log rate, standard deviations, Fisher z). */
  readonly effect: number;
  /** Share of the evidence on shifts at least as large as the smallest worth acting on, 0 to 1. */
  readonly effect_confidence: number;
  /** Estimated start of the shift, microseconds, UTC; null while quiet. */
  readonly change_us: number | null;
  /** Calls (or windows, for a relationship) since that start. */
  readonly units_since_change: number;
  /** Whether the last window still lies on the drifted side. */
  readonly is_still_drifted: boolean;
  /** For a relationship: how it changed. */
  readonly label?: RelationshipLabel;
  /** For a mix: which part has moved, the name of its signal or `rest`; whoever made the window knows the names. */
  readonly part?: string;
  /** Detector-specific figures worth keeping. */
  readonly details?: Readonly<Record<string, number>>;
}

/** The part of a mix that no signal counts: calls of the window that are of none of its parts. */
export const REST_PART = 'rest';

export const RELATIONSHIP_LABELS = ['weakened', 'lost', 'inverted', 'strengthened', 'emerged'] as const;
export type RelationshipLabel = (typeof RELATIONSHIP_LABELS)[number];
