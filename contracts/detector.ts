import type { z } from 'zod';
import type { SignalKind } from './signal.js';
import type { Verdict } from './verdict.js';

/**
 * One detection window of one stream: consecutive observations put together until they carry enough calls, beside what
 * the baseline expects of exactly those observations.
 */
export interface DetectionWindow {
  readonly start_us: number;
  readonly end_us: number;
  /**
   * Units in the window (calls, turns), in which the false-alarm budget is counted. A relationship counts windows: there
   * `n` is that of the first signal, and each window is one unit of the budget.
   */
  readonly n: number;
  readonly total: number;
  readonly exposure_ms: number;
  readonly total_squares: number;
  readonly expected: ExpectedLevel;
  /** Second signal of a relationship, over the same span. */
  readonly paired?: {
    readonly n: number;
    readonly total: number;
    readonly exposure_ms: number;
    readonly total_squares: number;
    readonly expected: ExpectedLevel;
  };
  /** Parts of a mix: of `n` calls, `total` are of each, which have one part at most. */
  readonly parts?: readonly { readonly total: number; readonly expected: ExpectedLevel }[];
  /** Calls of the window by the two outcomes of a relationship within calls; `expected_correlation` is on that scale. */
  readonly table?: OutcomeTable;
  /** Relationship expected between the standardised residuals of the two, in a window of just these sizes. */
  readonly expected_correlation?: {
    readonly correlation: number;
    readonly correlation_low: number;
    readonly correlation_high: number;
    /** Standard deviations to be expected of the Pearson residuals. */
    readonly x_sd: number;
    readonly y_sd: number;
    readonly is_sufficient: boolean;
  };
}

/** Calls by whether they have each of two outcomes: whole numbers. */
export interface OutcomeTable {
  readonly both: number;
  readonly x_only: number;
  readonly y_only: number;
  readonly neither: number;
}

/** What the baseline expects of a window; scale as in `Baseline` (rates: events per minute of exposure). */
export interface ExpectedLevel {
  readonly level: number;
  readonly standard_error: number;
  readonly value_sd: number;
  readonly dispersion: number;
  readonly is_sufficient: boolean;
  /** Where it is not the segment's own level but was put together from those of its parts. */
  readonly leaves?: ExpectedLeaves;
}

/** Whose levels an expectation was put together from. */
export interface ExpectedLeaves {
  /** Dimensions of the parts, joined (`campaign,number_pool`); more than one where minutes of the window differ. */
  readonly groupings: readonly string[];
  /** Part of the size (trials, exposure, values) held against levels of parts, (0, 1]; the rest against the segment's own. */
  readonly share: number;
}

/** What a stream is, as far as a detector must know. */
export interface StreamTraits {
  readonly kind: SignalKind | 'relationship';
  /** Relationships only: the kinds of the two signals. */
  readonly sides?: { readonly x: SignalKind; readonly y: SignalKind } | undefined;
  readonly harmful: 'up' | 'down' | 'either';
  /** Largest value of a mean, in the unit of its statistics. */
  readonly upper?: number | undefined;
  /** Natural logarithm of the threshold from the false-alarm budget. */
  readonly log_threshold: number;
}

/** What a detector may watch: signals, how two go together over windows or within calls, the shares of a mix. */
export type WatchedKind = SignalKind | 'relationship' | 'association' | 'mix';

/**
 * A detector: a pure function of its state and a window. No clock, randomness or I/O. State is plain data with a JSON
 * form; a step may write into the state it was given and return it.
 */
export interface Detector<Config = unknown, State = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly kinds: readonly WatchedKind[];
  /** Schema of the detector's own options; every option has a unit, a range and the reason of its default. */
  readonly config: z.ZodType<Config>;
  init(config: Config, traits: StreamTraits): State;
  step(state: State, window: DetectionWindow): { readonly state: State; readonly verdict: Verdict };
}
