import type { Detector, ExpectedLevel } from '../../../contracts/detector.js';
import type { Verdict } from '../../../contracts/verdict.js';
import { type DetectorName, detectors } from '../../../detectors/index.js';
import { addSplitRow, dropSplitRows, findLevelSplit, initSplitSearch } from '../../../detectors/stats/level-split.js';

/** A detector with the options it runs with on every series alike. */
export interface Setting {
  readonly detector: DetectorName;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Nothing is known of a series beforehand: what is usual must be learnt from it. */
export const UNKNOWN: ExpectedLevel = { level: 0, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true };

/** Threshold of the budget where the options name none: once in ten thousand rows. */
const LOG_THRESHOLD = Math.log(1e4);

/** Steps a detector through values in their order, one window of one unit each, and hands over its verdict on each. */
function eachVerdict(
  { detector: name, options }: Setting,
  at_us: ArrayLike<number>,
  values: readonly number[],
  take: (verdict: Verdict, row: number) => void,
): void {
  const detector: Detector = detectors[name];
  let state = detector.init(detector.config.parse(options), {
    kind: 'mean',
    harmful: 'either',
    log_threshold: LOG_THRESHOLD,
  });
  for (const [row, value] of values.entries()) {
    const next = detector.step(state, {
      start_us: at_us[row],
      end_us: at_us[row],
      n: 1,
      total: value,
      exposure_ms: 0,
      total_squares: value * value,
      expected: UNKNOWN,
    });
    state = next.state;
    take(next.verdict, row);
  }
}

/** 1 for every row at which the detector tells of a drift, else 0. */
export function detectedRows(setting: Setting, at_us: ArrayLike<number>, values: readonly number[]): Uint8Array {
  const rows = new Uint8Array(values.length);
  eachVerdict(setting, at_us, values, (verdict, row) => {
    rows[row] = verdict.state === 'drift' ? 1 : 0;
  });
  return rows;
}

/** A change point as a detector estimates it, and the row at which it was known: never before that row was seen. */
export interface KnownChange {
  readonly at: number;
  readonly known_at: number;
}

/** Changes of one series of values, in the order in which they became known. */
export function knownChanges(setting: Setting, values: readonly number[]): KnownChange[] {
  const changes: KnownChange[] = [];
  const rows = values.map((_, row) => row);
  eachVerdict(setting, rows, values, ({ state, change_us }, row) => {
    if (state === 'drift' && change_us !== null) changes.push({ at: change_us, known_at: row });
  });
  return changes;
}

/**
 * The same for several dimensions that change together: the search of `self-starting-glr` with the evidence of all
 * dimensions put together. A detector of the registry sees one stream; this is for series that are several.
 */
export function knownChangesTogether(dimensions: readonly (readonly number[])[], threshold: number): KnownChange[] {
  const search = initSplitSearch(dimensions.length);
  const changes: KnownChange[] = [];
  let first = 0;
  for (const row of dimensions[0].keys()) {
    if (
      addSplitRow(
        search,
        dimensions.map((values) => values[row]),
      )
    )
      first++;
    const split = findLevelSplit(search);
    if (split === null || split.evidence < threshold) continue;
    first += split.at;
    changes.push({ at: first, known_at: row });
    dropSplitRows(search, split.at);
  }
  return changes;
}

/**
 * Values without gaps, as far as can be known when each row comes: where one is missing, the last one seen. Rows before
 * every dimension has been seen are left out; `from` is the first that is left.
 */
export function withoutGaps(dimensions: readonly (readonly (number | null)[])[]) {
  const from = Math.max(...dimensions.map((values) => values.findIndex((value) => value !== null)));
  const known = dimensions.map((values) => {
    let last: number | null = null;
    const filled = values.map((value) => {
      last = value ?? last;
      return last ?? Number.NaN;
    });
    return filled.slice(from);
  });
  return { from, dimensions: known };
}
