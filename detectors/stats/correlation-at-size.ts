import { CORRELATION_MAX } from './fisher-interval.js';

/** What history says of two signals' Pearson residuals, and the sizes of the windows that it was formed from. */
export interface RelationshipHistory {
  readonly correlation: number;
  readonly x_sd: number;
  readonly y_sd: number;
  /** Mean sizes of the windows (trials, values, minutes of exposure), and mean geometric mean of both. */
  readonly x_size: number;
  readonly y_size: number;
  readonly joint_size: number;
}

export interface CorrelationAtSize {
  readonly correlation: number;
  readonly x_sd: number;
  readonly y_sd: number;
}

/**
 * Correlation and standard deviations of two Pearson residuals in windows of other sizes than those of history, when
 * the levels behind them move together as ever.
 *
 * A residual is counting noise of variance 1 and, on top, what the level itself moves: its variance is 1 + n a, so a
 * window with a quarter of the calls shows a weaker correlation though nothing has changed. With a from history:
 *
 *     var_x = 1 + n_x a_x,   cov = c + sqrt(n_x n_y) g,   r = cov / sqrt(var_x var_y)
 *
 * c is the covariance of the counting noise alone: `noise_covariance` where it is known (0 for counts of different calls,
 * -sqrt(p q / ((1 - p)(1 - q))) for outcomes of the same calls that exclude each other). Levels that do not move by
 * themselves (a of 0) have no g: what covariance exceeds sqrt(a_x a_y) is taken for noise. In windows as large as those
 * of history the result is history's own.
 */
export function correlationAtSize(
  history: RelationshipHistory,
  x_size: number,
  y_size: number,
  noise_covariance: number,
): CorrelationAtSize {
  const { correlation, x_sd, y_sd } = history;
  if (!(history.x_size > 0 && history.y_size > 0 && history.joint_size > 0)) return { correlation, x_sd, y_sd };
  const x_excess = Math.max(0, x_sd * x_sd - 1);
  const y_excess = Math.max(0, y_sd * y_sd - 1);
  const moved_max = (Math.sqrt(x_excess * y_excess) * history.joint_size) / Math.sqrt(history.x_size * history.y_size);
  const covariance = correlation * x_sd * y_sd;
  const moved = Math.min(moved_max, Math.max(-moved_max, covariance - noise_covariance));
  const x_variance = x_sd * x_sd - x_excess + (x_excess * x_size) / history.x_size;
  const y_variance = y_sd * y_sd - y_excess + (y_excess * y_size) / history.y_size;
  const at_size = covariance - moved + (moved * Math.sqrt(x_size * y_size)) / history.joint_size;
  const r = at_size / Math.sqrt(x_variance * y_variance);
  return {
    correlation: Number.isFinite(r) ? Math.min(CORRELATION_MAX, Math.max(-CORRELATION_MAX, r)) : correlation,
    x_sd: Math.sqrt(x_variance),
    y_sd: Math.sqrt(y_variance),
  };
}

/** Covariance of the counting noise of two outcomes of the same calls, at most one of which a call has. */
export function exclusiveNoiseCovariance(x_level: number, y_level: number): number {
  const odds = (level: number) => Math.max(0, level) / Math.max(1e-9, 1 - level);
  return -Math.min(1, Math.sqrt(odds(x_level) * odds(y_level)));
}
