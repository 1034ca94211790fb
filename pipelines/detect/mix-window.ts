import type { DetectionWindow, ExpectedLevel } from '../../contracts/detector.js';
import { REST_PART } from '../../contracts/verdict.js';
import { evidenceMin } from '../evidence-min.js';
import type { SinceChange, StreamVerdict } from '../policy/stream.js';
import { expectedOf, type OpenWindow } from './window.js';

/** Windows of a mix: the calls of each part beside what its own baseline expects, and one more part for all others. */

/**
 * Null where the parts cannot be those of one mix: they do not count the same calls, or more than there are. `dispersions`
 * are those of the parts, `rest` among them, in windows of this length; the threshold is that of levels.
 */
export function mixWindow(
  span: { readonly start_us: number; readonly end_us: number },
  parts: readonly { readonly name: string; readonly counted: OpenWindow }[],
  dispersions: ReadonlyMap<string, number>,
  log_threshold: number,
): DetectionWindow | null {
  const { n } = parts[0]!.counted;
  const total = parts.reduce((sum, { counted }) => sum + counted.total, 0);
  if (total > n || parts.some(({ counted }) => counted.n !== n)) return null;
  const dispersed = (name: string, expected: ExpectedLevel): ExpectedLevel => ({
    ...expected,
    dispersion: Math.max(expected.dispersion, dispersions.get(name) ?? 1),
  });
  const named = parts.map(({ name, counted }) => ({
    total: counted.total,
    expected: dispersed(name, expectedOf(counted)),
  }));
  const levels = named.map(({ expected }) => expected);
  const rest = { total: n - total, expected: dispersed(REST_PART, restOf(levels, log_threshold)) };
  const all = [...named, rest];
  return {
    ...span,
    n,
    total: n,
    exposure_ms: 0,
    total_squares: 0,
    expected: {
      level: 1,
      standard_error: 0,
      value_sd: 0,
      dispersion: Math.max(...all.map(({ expected }) => expected.dispersion)),
      is_sufficient: all.some(({ expected }) => expected.is_sufficient),
    },
    parts: all,
  };
}

/** What is expected of calls of no part: the parts' history counts them too, so it is as long for the rest. */
function restOf(levels: readonly ExpectedLevel[], log_threshold: number): ExpectedLevel {
  const level = Math.max(0, 1 - levels.reduce((sum, one) => sum + one.level, 0));
  const n_effective = Math.min(...levels.map((one) => (one.level * (1 - one.level)) / one.standard_error ** 2));
  const variance = level * (1 - level);
  return {
    level,
    standard_error: Math.sqrt(variance / n_effective),
    value_sd: 0,
    dispersion: 1,
    is_sufficient: n_effective * variance >= evidenceMin(log_threshold),
  };
}

/** A mix counts windows; its figures are shares of calls of the part that has moved. */
export function mixSinceChange({ verdict }: Pick<StreamVerdict, 'verdict'>): SinceChange | null {
  const { details, change_us, units_since_change } = verdict;
  if (change_us === null || details === undefined) return null;
  return {
    n: Math.round(units_since_change),
    observed: details.r!,
    expected: details.r0!,
    expected_low: details.r0_low!,
    expected_high: details.r0_high!,
  };
}
