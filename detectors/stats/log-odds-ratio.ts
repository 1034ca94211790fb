import type { OutcomeTable } from '../../contracts/detector.js';

export interface LogOddsRatio {
  readonly log_odds_ratio: number;
  readonly standard_error: number;
  readonly calls: number;
}

/**
 * Common log odds ratio of several tables (Mantel and Haenszel 1959) with its standard error (Robins, Breslow, Greenland
 * 1986): R = sum a d / n, S = sum b c / n, estimate ln(R / S). Margins that differ from table to table do not enter. Where
 * R or S is 0 the pooled table with half a call more in every cell stands in (Haldane 1956), so that the estimate is
 * finite. Null for no calls at all.
 */
export function logOddsRatio(tables: readonly OutcomeTable[]): LogOddsRatio | null {
  let [calls, r, s, pr, mixed, qs] = [0, 0, 0, 0, 0, 0];
  for (const { both, x_only, y_only, neither } of tables) {
    const n = both + x_only + y_only + neither;
    if (n === 0) continue;
    calls += n;
    const [ri, si] = [(both * neither) / n, (x_only * y_only) / n];
    const [p, q] = [(both + neither) / n, (x_only + y_only) / n];
    r += ri;
    s += si;
    pr += p * ri;
    mixed += p * si + q * ri;
    qs += q * si;
  }
  if (calls === 0) return null;
  if (r === 0 || s === 0) return pooled(tables, calls);
  const variance = pr / (2 * r * r) + mixed / (2 * r * s) + qs / (2 * s * s);
  return { log_odds_ratio: Math.log(r / s), standard_error: Math.sqrt(variance), calls };
}

function pooled(tables: readonly OutcomeTable[], calls: number): LogOddsRatio {
  let [both, x_only, y_only, neither] = [0.5, 0.5, 0.5, 0.5];
  for (const table of tables) {
    both += table.both;
    x_only += table.x_only;
    y_only += table.y_only;
    neither += table.neither;
  }
  return {
    log_odds_ratio: Math.log((both * neither) / (x_only * y_only)),
    standard_error: Math.sqrt(1 / both + 1 / x_only + 1 / y_only + 1 / neither),
    calls,
  };
}
