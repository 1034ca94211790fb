import type { Relationship } from '../../contracts/config.js';
import type { DetectionWindow, OutcomeTable } from '../../contracts/detector.js';
import { correlationAtSize, exclusiveNoiseCovariance } from '../../detectors/stats/correlation-at-size.js';
import { Z95 } from '../../detectors/stats/z95.js';
import type { ExpectedRelationship } from './expectations.js';
import { expectedOf, type OpenWindow } from './window.js';

/** Windows of history below which a relationship is watched but nothing may rest on it. */
const WINDOWS_MIN = 200;
/** The same for a relationship whose standard error is known: as sure as that many windows are of a correlation. */
const STANDARD_ERROR_MAX = 1 / Math.sqrt(WINDOWS_MIN - 3);

/** The window of a pair, beside the relationship to be expected in windows of just these sizes. */
export function pairedWindow(
  span: { readonly start_us: number; readonly end_us: number },
  { x, y, both }: { readonly x: OpenWindow; readonly y: OpenWindow; readonly both: OpenWindow | undefined },
  outcomes: Relationship['outcomes'],
  relationship: ExpectedRelationship,
): DetectionWindow {
  const [x_expected, y_expected] = [expectedOf(x), expectedOf(y)];
  const noise = outcomes === 'exclusive' ? exclusiveNoiseCovariance(x_expected.level, y_expected.level) : 0;
  const at_size = correlationAtSize(relationship, x.size, y.size, noise);
  const { windows, standard_error } = relationship;
  return {
    ...span,
    n: x.n,
    total: x.total,
    exposure_ms: x.exposure_ms,
    total_squares: x.total_squares,
    expected: x_expected,
    paired: {
      n: y.n,
      total: y.total,
      exposure_ms: y.exposure_ms,
      total_squares: y.total_squares,
      expected: y_expected,
    },
    ...(both === undefined ? {} : { table: tableOf(x, y, both) }),
    expected_correlation: {
      ...at_size,
      ...interval({ ...relationship, correlation: at_size.correlation }),
      is_sufficient: standard_error === null ? windows >= WINDOWS_MIN : standard_error <= STANDARD_ERROR_MAX,
    },
  };
}

/** Calls by both outcomes. Signals that do not count the same calls give counts that cannot be, which say nothing. */
function tableOf(x: OpenWindow, y: OpenWindow, both: OpenWindow): OutcomeTable {
  const isSame = x.n === y.n && x.n === both.n;
  return {
    both: both.total,
    x_only: x.total - both.total,
    y_only: y.total - both.total,
    neither: isSame ? x.n - x.total - y.total + both.total : -1,
  };
}

/** 95 % interval by Fisher's z; windows that follow each other count for less when their products are correlated. */
function interval({ correlation, windows, lag1, standard_error }: ExpectedRelationship): {
  correlation_low: number;
  correlation_high: number;
} {
  const a = Math.min(Math.max(lag1, 0), 0.9);
  const effective = Math.max((windows * (1 - a)) / (1 + a), 5);
  const z = Math.atanh(Math.min(Math.max(correlation, -0.999), 0.999));
  const half = Z95 * (standard_error ?? 1 / Math.sqrt(effective - 3));
  return { correlation_low: Math.tanh(z - half), correlation_high: Math.tanh(z + half) };
}
