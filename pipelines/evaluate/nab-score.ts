/**
 * The scoring rule of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015; `numenta/NAB` at ea702d75): early detections
 * inside a labelled window earn, the others cost. Rows are 0-based; a detection is a row whose score is at the threshold
 * or above.
 */

/** What a detection is worth: weights of a window found, of a window missed, of a detection outside of all windows. */
export interface NabProfile {
  readonly found_weight: number;
  readonly missed_weight: number;
  readonly false_weight: number;
}

/** The three cost profiles of the benchmark, by the names that its figures are known under. */
export const NAB_PROFILES = {
  standard: { found_weight: 1, missed_weight: 1, false_weight: 0.11 },
  reward_low_fp: { found_weight: 1, missed_weight: 1, false_weight: 0.22 },
  reward_low_fn: { found_weight: 1, missed_weight: 2, false_weight: 0.11 },
} as const satisfies Record<string, NabProfile>;

export type NabProfileName = keyof typeof NAB_PROFILES;
export const NAB_PROFILE_NAMES = Object.keys(NAB_PROFILES) as NabProfileName[];

/** First and last row of a labelled window, both within; windows of a series are in order and apart. */
export interface RowWindow {
  readonly first: number;
  readonly last: number;
}

/** One series: a score for each row, the higher the more unusual, beside what it is labelled with. */
export interface ScoredSeries {
  readonly scores: ArrayLike<number>;
  readonly windows: readonly RowWindow[];
}

/** Rows at the start in which nothing counts. */
export function probationRows(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 750);
}

/** Value of a position relative to the end of a window, whose right edge is 0 and left edge -1: 1 (early) to -1. */
function scaledSigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

/** Value of a detection at the row, inside of `windows[index]`, at most `found_weight`. */
function valueInside({ first, last }: RowWindow, row: number, profile: NabProfile): number {
  const position = -(last - row + 1) / (last - first + 1);
  return (scaledSigmoid(position) * profile.found_weight) / scaledSigmoid(-1);
}

/** Cost, as a value of 0 or less, of a detection that lies outside of all windows; `before` ended last. */
function valueOutside(before: RowWindow | undefined, row: number, profile: NabProfile): number {
  if (before === undefined) return -profile.false_weight;
  const position = (row - before.last) / (before.last - before.first);
  return scaledSigmoid(position) * profile.false_weight;
}

/** Walks the rows that count; `at` is told the window that the row lies in, or null and the window before. */
function eachRow(
  { scores, windows }: ScoredSeries,
  at: (row: number, inside: number | null, before: RowWindow | undefined) => void,
): void {
  let next = 0;
  for (let row = probationRows(scores.length); row < scores.length; row++) {
    while (next < windows.length && windows[next].last < row) next++;
    const isInside = next < windows.length && windows[next].first <= row;
    at(row, isInside ? next : null, windows[next - 1]);
  }
}

/** Sum of a series, not normalised: between -missed_weight (and less, with false detections) and found_weight a window. */
export function nabSum(series: ScoredSeries, threshold: number, profile: NabProfile): number {
  const best = series.windows.map(() => -profile.missed_weight);
  const is_found = series.windows.map(() => false);
  let outside = 0;
  eachRow(series, (row, inside, before) => {
    if (!(series.scores[row] >= threshold)) return;
    if (inside === null) {
      outside += valueOutside(before, row, profile);
    } else if (!is_found[inside]) {
      // Values fall along a window, so the first detection is the best one.
      is_found[inside] = true;
      best[inside] = valueInside(series.windows[inside], row, profile);
    }
  });
  return best.reduce((sum, value) => sum + value, outside);
}

/** 100 is every window found at its first row and nothing else; 0 is what saying nothing at all comes to. */
export function nabNormalised(sum: number, windows: number, profile: NabProfile): number {
  return (100 * (sum + profile.missed_weight * windows)) / ((profile.found_weight + profile.missed_weight) * windows);
}

/** Score of many series at one threshold, from 100 down; NaN where no series has a window. */
export function nabScore(all: readonly ScoredSeries[], threshold: number, profile: NabProfile): number {
  const sum = all.reduce((total, series) => total + nabSum(series, threshold, profile), 0);
  const windows = all.reduce((total, series) => total + series.windows.length, 0);
  return nabNormalised(sum, windows, profile);
}

/**
 * The threshold that makes the most of the labels, as the benchmark chooses it for the detectors that it publishes, and
 * the score there. It has seen the labels: a bound on what a committed threshold can reach, not a result.
 */
export function bestThreshold(
  all: readonly ScoredSeries[],
  profile: NabProfile,
): { readonly threshold: number; readonly score: number } {
  const rows: { readonly score: number; readonly value: number; readonly window: number }[] = [];
  let windows = 0;
  for (const series of all) {
    eachRow(series, (row, inside, before) => {
      const score = series.scores[row];
      if (Number.isNaN(score)) return;
      const value =
        inside === null ? valueOutside(before, row, profile) : valueInside(series.windows[inside], row, profile);
      rows.push({ score, value, window: inside === null ? -1 : windows + inside });
    });
    windows += series.windows.length;
  }
  rows.sort((one, other) => other.score - one.score);
  const best = new Float64Array(windows).fill(-profile.missed_weight);
  const is_found = new Uint8Array(windows);
  let sum = -profile.missed_weight * windows;
  let found = { threshold: Number.POSITIVE_INFINITY, sum };
  for (const [index, { score, value, window }] of rows.entries()) {
    if (window < 0) {
      sum += value;
    } else if (is_found[window] === 0 || value > best[window]) {
      sum += value - best[window];
      best[window] = value;
      is_found[window] = 1;
    }
    // Rows of one score are detections together or not at all.
    if (rows[index + 1]?.score !== score && sum > found.sum) found = { threshold: score, sum };
  }
  return { threshold: found.threshold, score: nabNormalised(found.sum, windows, profile) };
}
