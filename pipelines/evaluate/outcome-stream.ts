import type { DetectionWindow, OutcomeTable } from '../../contracts/detector.js';
import type { Draws } from './level-stream.js';

/** Calls of a window with two outcomes, whose log odds ratio changes. */
export interface AssociationCase {
  readonly calls: number;
  readonly x_share: number;
  /** Share of the second outcome among calls without the first. */
  readonly y_share: number;
  readonly before: number;
  readonly after: number;
}

export const ASSOCIATIONS: readonly AssociationCase[] = [
  { calls: 50, x_share: 0.3, y_share: 0.2, before: -0.8, after: 0 },
  { calls: 50, x_share: 0.3, y_share: 0.2, before: -0.8, after: 0.8 },
  { calls: 200, x_share: 0.3, y_share: 0.2, before: -0.8, after: 0 },
  { calls: 200, x_share: 0.3, y_share: 0.2, before: -0.8, after: -0.4 },
  { calls: 200, x_share: 0.1, y_share: 0.05, before: 0, after: 1.5 },
];

export function drawOutcomes(draws: Draws, one: AssociationCase, log_odds_ratio: number): OutcomeTable {
  const odds = (one.y_share / (1 - one.y_share)) * Math.exp(log_odds_ratio);
  const y_given_x = odds / (1 + odds);
  const table = { both: 0, x_only: 0, y_only: 0, neither: 0 };
  for (let call = 0; call < one.calls; call++) {
    const has_x = draws.uniform() < one.x_share;
    const has_y = draws.uniform() < (has_x ? y_given_x : one.y_share);
    table[has_x ? (has_y ? 'both' : 'x_only') : has_y ? 'y_only' : 'neither']++;
  }
  return table;
}

/** The window of a table whose log odds ratio is known exactly beforehand. */
export function outcomeWindow(index: number, table: OutcomeTable, log_odds_ratio: number): DetectionWindow {
  const n = table.both + table.x_only + table.y_only + table.neither;
  const side = (total: number) => ({
    n,
    total,
    exposure_ms: 0,
    total_squares: 0,
    expected: { level: total / n, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true },
  });
  const correlation = Math.tanh(log_odds_ratio / 4);
  return {
    start_us: index * 60_000_000,
    end_us: (index + 1) * 60_000_000,
    ...side(table.both + table.x_only),
    paired: side(table.both + table.y_only),
    table,
    expected_correlation: {
      correlation,
      correlation_low: correlation,
      correlation_high: correlation,
      x_sd: 1,
      y_sd: 1,
      is_sufficient: true,
    },
  };
}
