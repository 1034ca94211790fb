/** Observations of revision 0 that closed, in columns, ordered by (closed_us, stream, window_us). */
export interface ClosedObservations {
  /** Signal and segment of each stream, in that order. */
  readonly streams: readonly { readonly signal: string; readonly segment: string }[];
  /** Positions in `streams`. */
  readonly stream: ArrayLike<number>;
  readonly window_us: ArrayLike<number>;
  readonly closed_us: ArrayLike<number>;
  readonly n: ArrayLike<number>;
  readonly total: ArrayLike<number>;
  readonly exposure_ms: ArrayLike<number>;
  readonly total_squares: ArrayLike<number>;
}

export const NOTHING_CLOSED: ClosedObservations = {
  streams: [],
  stream: [],
  window_us: [],
  closed_us: [],
  n: [],
  total: [],
  exposure_ms: [],
  total_squares: [],
};
