/**
 * An observation: one signal in one segment and one window, as integer sufficient statistics that add up.
 *
 * | kind | n | total | exposure_ms | total_squares |
 * | --- | --- | --- | --- | --- |
 * | proportion | trials | successes | 0 | 0 |
 * | rate | calls (or windows) | events | time at risk, ms | 0 |
 * | mean | values | sum of values | 0 | sum of squared values |
 */
export interface Statistics {
  n: number;
  total: number;
  exposure_ms: number;
  total_squares: number;
}

export interface Observation extends Statistics {
  readonly signal: string;
  /** Canonical key of the segment (`segmentKey`). */
  readonly segment: string;
  /** Start of the window, microseconds since 1970, UTC. */
  readonly window_us: number;
  /** 0 is what the detectors see; a late event makes the next. */
  readonly revision: number;
  /** When the window closed, in event time: its end plus the signal's maturity. */
  readonly closed_us: number;
}
