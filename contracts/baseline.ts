/**
 * A baseline: what is expected of a signal in a segment at a local hour of the week.
 *
 * Levels are in the signal's natural scale: a proportion in (0, 1), a rate in events per minute of exposure, a mean in
 * the unit of its integer statistics.
 */
export interface Baseline {
  /** Version: names the refresh that made it. */
  readonly version: string;
  readonly signal: string;
  readonly segment: string;
  /** 0 is Monday 00:00 local time, 167 the last hour of Sunday. */
  readonly hour_of_week: number;
  readonly level: number;
  /** Standard error of the level (shrunk estimate), same scale as `level`. */
  readonly standard_error: number;
  /** Standard deviation of a single value (means only, else 0). */
  readonly value_sd: number;
  /** Overdispersion of windows of the size the detectors use: variance over what independent calls would give; >= 1. */
  readonly dispersion: number;
  /** Effective size of the history behind the level, in the unit of n. */
  readonly n_effective: number;
  /** Whether the history is enough for a directive to rest on it (detectors still look when it is not). */
  readonly is_sufficient: boolean;
}

/** What is expected of a relationship between two signals in a segment. */
export interface RelationshipBaseline {
  readonly version: string;
  readonly relationship: string;
  readonly segment: string;
  /** Correlation of the standardised residuals over the history, with its 95 % interval. */
  readonly correlation: number;
  readonly correlation_low: number;
  readonly correlation_high: number;
  /** Windows behind it. */
  readonly windows: number;
  /** Standard deviations that make each side's residuals one: x first. */
  readonly x_sd: number;
  readonly y_sd: number;
  readonly is_sufficient: boolean;
}
