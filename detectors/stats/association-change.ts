import type { Verdict } from '../../contracts/verdict.js';
import { logOddsRatio } from './log-odds-ratio.js';
import { LOG_ODDS_PER_Z } from './outcome-table.js';
import { type CorrelationInterval, relationshipLabel } from './relationship-label.js';
import { newestTables, type TableRing } from './table-ring.js';
import { Z95 } from './z95.js';

/**
 * Label and figures of an association over the newest `windows` tables, those since the change, against what was expected;
 * on the scale of Yule's Y, which labels read as a correlation.
 */
export function describeAssociation(
  expected: CorrelationInterval,
  ring: TableRing,
  windows: number,
): { readonly label?: Verdict['label']; readonly details: Readonly<Record<string, number>> } {
  const tables = newestTables(ring, Math.max(1, Math.round(windows)));
  const since = logOddsRatio(tables);
  if (since === null) return { details: { label_windows: 0 } };
  const z = since.log_odds_ratio / LOG_ODDS_PER_Z;
  const standard_error = since.standard_error / LOG_ODDS_PER_Z;
  const half = Z95 * standard_error;
  const [correlation, low, high] = [Math.tanh(z), Math.tanh(z - half), Math.tanh(z + half)];
  // A correlation of so many pairs is known as exactly.
  const pairs = 3 + 1 / (standard_error * standard_error);
  const { label, is_met } = relationshipLabel(expected, { correlation, low, high, pairs });
  const share = (count: (table: (typeof tables)[number]) => number) =>
    tables.reduce((sum, table) => sum + count(table), 0) / since.calls;
  return {
    label,
    details: {
      r: correlation,
      r_low: low,
      r_high: high,
      log_odds_ratio: since.log_odds_ratio,
      label_windows: tables.length,
      label_calls: since.calls,
      is_label_provisional: is_met ? 0 : 1,
      x_share: share(({ both, x_only }) => both + x_only),
      y_share: share(({ both, y_only }) => both + y_only),
    },
  };
}
