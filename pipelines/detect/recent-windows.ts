import type { DetectionWindow } from '../../contracts/detector.js';
import type { SignalKind } from '../../contracts/signal.js';
import type { SinceChange } from '../policy/stream.js';
import { sizeOf, unitVariance } from './window.js';

/** Detection windows remembered per stream, for what was observed since the change. */
const RECENT_MAX = 256;
/** Half-width of a 95 % interval in standard errors. */
const Z95 = 1.96;

/** Sums of the latest windows of a stream, oldest first; plain data. */
export interface RecentWindows {
  end_us: number[];
  n: number[];
  size: number[];
  total: number[];
  expected: number[];
  /** Variance of the total by chance, and what the uncertainty of the level adds (as a sum of standard errors). */
  variance: number[];
  uncertainty: number[];
}

export function noRecentWindows(): RecentWindows {
  return { end_us: [], n: [], size: [], total: [], expected: [], variance: [], uncertainty: [] };
}

export function remember(recent: RecentWindows, kind: SignalKind, window: DetectionWindow): void {
  const size = sizeOf(kind, window);
  recent.end_us.push(window.end_us);
  recent.n.push(window.n);
  recent.size.push(size);
  recent.total.push(window.total);
  recent.expected.push(size * window.expected.level);
  recent.variance.push(size * unitVariance(kind, window.expected) * window.expected.dispersion);
  recent.uncertainty.push(size * window.expected.standard_error);
  if (recent.end_us.length > RECENT_MAX * 2) {
    for (const column of Object.values(recent) as number[][]) column.splice(0, RECENT_MAX);
  }
}

/** Observed beside expected over the windows that end after `change_us`; at least the newest window. */
export function sinceChange(recent: RecentWindows, change_us: number): SinceChange | null {
  const count = recent.end_us.length;
  if (count === 0) return null;
  let from = count - 1;
  while (from > 0 && recent.end_us[from - 1]! > change_us) from--;
  let [n, size, total, expected, variance, uncertainty] = [0, 0, 0, 0, 0, 0];
  for (let index = from; index < count; index++) {
    n += recent.n[index]!;
    size += recent.size[index]!;
    total += recent.total[index]!;
    expected += recent.expected[index]!;
    variance += recent.variance[index]!;
    uncertainty += recent.uncertainty[index]!;
  }
  if (size <= 0) return null;
  const spread = (Z95 * Math.sqrt(variance + uncertainty * uncertainty)) / size;
  return {
    n,
    observed: total / size,
    expected: expected / size,
    expected_low: Math.max(0, expected / size - spread),
    expected_high: expected / size + spread,
  };
}
