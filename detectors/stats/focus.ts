import type { SignalKind } from '../../contracts/signal.js';
import { type SegmentSums, segmentRatio } from './segment-ratio.js';

/**
 * Starts kept at most per direction. Both directions together keep about 2 ln(windows) in a stream that holds still: over a
 * million windows of 25 calls 25 on average and 36 at the most were measured (an exact baseline: 13 and 24).
 */
export const FOCUS_STARTS_MAX = 40;
/** Units before the oldest start that is kept, beyond which sums are counted from it. */
export const FOCUS_REBASE_UNITS = 2 ** 20;

/**
 * Every start of a change for the better or the worse that may yet turn out to be the likeliest: the vertices of the
 * convex hull of the cumulative sums (Romano et al. 2023). In columns, oldest first; row i holds the sums before the
 * first window of the change.
 */
export interface FocusStarts {
  readonly units: number[];
  readonly total: number[];
  readonly expected: number[];
  readonly information: number[];
  /** Calls before the start, not divided by any dispersion, and its time. */
  readonly calls: number[];
  readonly us: number[];
}

export interface FocusBest {
  /** Generalised log-likelihood ratio in nats; 0 where no start speaks for this direction. */
  ratio: number;
  /** Row of the likeliest start; -1 where there is none. */
  start: number;
}

export function initFocusStarts(): FocusStarts {
  return { units: [], total: [], expected: [], information: [], calls: [], us: [] };
}

/**
 * Adds the start before the window to come, in place, with what the sums are before it. Sums only ever grow (all but the
 * total of means). Beyond FOCUS_STARTS_MAX every second of the older half is forgotten.
 */
export function addFocusStart(starts: FocusStarts, sums: SegmentSums, calls: number, us: number): void {
  if (starts.us.length === FOCUS_STARTS_MAX) thin(starts);
  starts.units.push(sums.units);
  starts.total.push(sums.total);
  starts.expected.push(sums.expected);
  starts.information.push(sums.information);
  starts.calls.push(calls);
  starts.us.push(us);
}

/**
 * Drops the starts that can never again be the likeliest, in place. `side` is 1 for a rise, -1 for a fall. With an exact
 * baseline (`isExact`) a start since which the level has not risen (fallen) on the whole is dropped as well.
 */
export function pruneFocusStarts(starts: FocusStarts, now: SegmentSums, side: 1 | -1, isExact: boolean): void {
  let count = starts.us.length;
  while (count >= 2 && side * turn(starts, count - 2, count - 1, now) <= 0) count--;
  keep(starts, 0, count);
  if (!isExact) return;
  let first = 0;
  const score = now.total - now.expected;
  while (first < count && side * (score - (starts.total[first] - starts.expected[first])) <= 0) first++;
  if (first > 0) keep(starts, first, count);
}

/**
 * The likeliest start and its ratio, written to `best`. With a history (the baseline is an estimate) the ratio is that of
 * two levels, before and after, against one for both; without, that of the level after against the baseline.
 */
export function bestFocusStart(
  starts: FocusStarts,
  now: SegmentSums,
  kind: SignalKind,
  side: 1 | -1,
  history: SegmentSums | null,
  best: FocusBest,
): void {
  best.ratio = 0;
  best.start = -1;
  const together =
    history === null
      ? 0
      : segmentRatio(kind, history.units + now.units, history.total + now.total, history.expected + now.expected);
  for (let i = 0; i < starts.us.length; i++) {
    const units = now.units - starts.units[i];
    const total = now.total - starts.total[i];
    const expected = now.expected - starts.expected[i];
    let ratio = segmentRatio(kind, units, total, expected);
    let before = 0;
    if (history !== null) {
      const unitsBefore = history.units + starts.units[i];
      const totalBefore = history.total + starts.total[i];
      const expectedBefore = history.expected + starts.expected[i];
      ratio += segmentRatio(kind, unitsBefore, totalBefore, expectedBefore) - together;
      before = (totalBefore - expectedBefore) / (history.information + starts.information[i]);
    }
    const after = (total - expected) / (now.information - starts.information[i]);
    if (side * (after - before) > 0 && ratio > best.ratio) {
      best.ratio = ratio;
      best.start = i;
    }
  }
}

/**
 * Counts the sums and all rows from the oldest start that either direction keeps, in place, once FOCUS_REBASE_UNITS lie before
 * it. Only differences of rows mean anything where the baseline is exact: they stay as they are, and what they are differences
 * of no longer grows with the age of the stream.
 */
export function rebaseFocusStarts(rises: FocusStarts, falls: FocusStarts, sums: SegmentSums): void {
  const [rise, fall] = [rises.units[0] ?? sums.units, falls.units[0] ?? sums.units];
  if (Math.min(rise, fall) < FOCUS_REBASE_UNITS) return;
  const oldest = rise <= fall ? rises : falls;
  const origin = oldest.us.length === 0 ? { ...sums } : rowOf(oldest, 0);
  for (const name of ['units', 'total', 'expected', 'information'] as const) {
    sums[name] -= origin[name];
    for (const rows of [rises[name], falls[name]]) for (let i = 0; i < rows.length; i++) rows[i]! -= origin[name];
  }
}

/** Forgets every start, in place: the next window is the first. */
export function forgetFocusStarts(starts: FocusStarts): void {
  for (const column of columnsOf(starts)) column.length = 0;
}

function rowOf({ units, total, expected, information }: FocusStarts, row: number): SegmentSums {
  return { units: units[row]!, total: total[row]!, expected: expected[row]!, information: information[row]! };
}

/** Slope of the score from j to now less that from i to j, times both (positive) widths. */
function turn({ total, expected, information }: FocusStarts, i: number, j: number, now: SegmentSums): number {
  const earlier = total[j] - expected[j] - (total[i] - expected[i]);
  const later = now.total - now.expected - (total[j] - expected[j]);
  return later * (information[j] - information[i]) - earlier * (now.information - information[j]);
}

/** Keeps rows from `first` to before `end`. */
function keep(starts: FocusStarts, first: number, end: number): void {
  if (first === 0 && end === starts.us.length) return;
  for (const column of columnsOf(starts)) {
    if (first > 0) column.copyWithin(0, first, end);
    column.length = end - first;
  }
}

function columnsOf({ units, total, expected, information, calls, us }: FocusStarts): number[][] {
  return [units, total, expected, information, calls, us];
}

function thin(starts: FocusStarts): void {
  const half = FOCUS_STARTS_MAX / 2;
  for (const column of columnsOf(starts)) {
    let kept = 0;
    for (let i = 0; i < column.length; i++) if (i >= half || i % 2 === 0) column[kept++] = column[i];
    column.length = kept;
  }
}
