import gammaln from '@stdlib/math-base-special-gammaln';
import type { OutcomeTable } from '../../contracts/detector.js';

/** Terms of the normalising sum below this share of it are left out. */
const TERM_MIN = 1e-17;

/**
 * Log-likelihood ratio of a table between two log odds ratios, given its margins: with k calls of both outcomes, x and y of
 * each and n in all (Fisher's noncentral hypergeometric distribution),
 *
 *     l = k (theta1 - theta0) - A(theta1) + A(theta0),   A(theta) = ln sum_u C(x, u) C(n - x, y - u) e^(theta u)
 *
 * Margins that are given cannot speak: neither the volume nor how frequent either outcome is moves it, and the ratio has
 * mean 1 under theta0 in windows of any size.
 */
export function associationLogRatio(table: OutcomeTable, theta1: number, theta0: number): number {
  return table.both * (theta1 - theta0) - logNormaliser(table, theta1) + logNormaliser(table, theta0);
}

function logNormaliser({ both, x_only, y_only, neither }: OutcomeTable, theta: number): number {
  const x = both + x_only;
  const y = both + y_only;
  const rest = neither - both; // n - x - y, which may be negative
  const least = Math.max(0, -rest);
  const most = Math.min(x, y);
  const odds = Math.exp(theta);
  const start = Math.min(most, Math.max(least, Math.round(likeliest(x, y, rest, odds))));
  let sum = 1;
  for (let u = start, term = 1; u < most && term >= TERM_MIN * sum; u++) {
    term *= (odds * (x - u) * (y - u)) / ((u + 1) * (rest + u + 1));
    sum += term;
  }
  for (let u = start, term = 1; u > least && term >= TERM_MIN * sum; u--) {
    term *= (u * (rest + u)) / (odds * (x - u + 1) * (y - u + 1));
    sum += term;
  }
  return logChoose(x, start) + logChoose(rest + y, y - start) + theta * start + Math.log(sum);
}

/** Where u (rest + u) = odds (x - u)(y - u): the cell that has these odds. */
function likeliest(x: number, y: number, rest: number, odds: number): number {
  const b = rest + odds * (x + y);
  const root = Math.sqrt(Math.max(0, b * b + 4 * (1 - odds) * odds * x * y));
  return b > 0 ? (2 * odds * x * y) / (b + root) : (root - b) / (2 * (1 - odds));
}

function logChoose(n: number, k: number): number {
  return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1);
}
