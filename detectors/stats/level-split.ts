/** Rows kept: enough for the smallest shift worth telling, few enough that a state stays small. */
export const SPLIT_ROWS_MAX = 300;
/** Rows on either side of a split: a level of fewer is a burst. */
export const SPLIT_ROWS_MIN = 5;
/** Least variance of a level, in variances of all values so far: rounding must not pass for certainty. */
const VARIANCE_SHARE_MIN = 1e-4;
/** Largest autocorrelation believed in. */
const AUTOCORRELATION_MAX = 0.98;

/** The newest rows since the last change, one list of values a dimension, and the spread of all values so far. */
export interface SplitSearch {
  readonly dimensions: number[][];
  seen: number;
  readonly means: number[];
  readonly squares: number[];
}

/** A change of level: after how many of the kept rows, with which evidence, tempered by how much. */
export interface LevelSplit {
  readonly at: number;
  /** Log-likelihood ratio in nats, after penalty and tempering. */
  readonly evidence: number;
  readonly dispersion: number;
}

export function initSplitSearch(dimensions: number): SplitSearch {
  return {
    dimensions: Array.from({ length: dimensions }, () => []),
    seen: 0,
    means: new Array<number>(dimensions).fill(0),
    squares: new Array<number>(dimensions).fill(0),
  };
}

/** Takes a row, in place: one finite value a dimension. Tells whether the oldest row had to go. */
export function addSplitRow(search: SplitSearch, row: readonly number[]): boolean {
  search.seen++;
  for (const [index, value] of row.entries()) {
    const off = value - search.means[index];
    search.means[index] += off / search.seen;
    search.squares[index] += off * (value - search.means[index]);
    search.dimensions[index].push(value);
  }
  const isFull = search.dimensions[0].length > SPLIT_ROWS_MAX;
  if (isFull) dropSplitRows(search, 1);
  return isFull;
}

/** Forgets the oldest kept rows, in place. */
export function dropSplitRows({ dimensions }: SplitSearch, rows: number): void {
  for (const values of dimensions) values.splice(0, rows);
}

/**
 * The most likely change of level among the kept rows: Gaussian likelihood ratio of two levels against one with the
 * spread unknown, (L/2) ln(RSS0 / RSS1) summed over dimensions, where each may change by its own amount at the same row.
 *
 * Less (2 + D) ln L: it looked at every start, after every row, and fitted a level in each of D dimensions. Divided by
 * sqrt((1 + r) / (1 - r)), r the autocorrelation of what the two levels leave over: neighbours that resemble each other
 * say less than they seem to. The square root lies half way to the full variance inflation, as r is also raised by
 * further changes that are not found yet.
 *
 * @returns null with fewer than twice SPLIT_ROWS_MIN rows, where nothing varies, and while the most likely new level has
 *   fewer than SPLIT_ROWS_MIN rows
 */
export function findLevelSplit(search: SplitSearch): LevelSplit | null {
  const { dimensions } = search;
  const rows = dimensions[0].length;
  if (rows < 2 * SPLIT_ROWS_MIN) return null;
  const log_ratios = new Float64Array(rows);
  for (const [index, values] of dimensions.entries()) {
    const floor = (VARIANCE_SHARE_MIN * search.squares[index]) / search.seen;
    addLogRatios(log_ratios, values, floor);
  }
  let at = -1;
  for (let split = SPLIT_ROWS_MIN; split < rows; split++) {
    if (log_ratios[split] > (at < 0 ? 0 : log_ratios[at])) at = split;
  }
  // The start is looked for up to the newest row: a strong change would else be told of too early by the rows it lacks.
  if (at < 0 || at > rows - SPLIT_ROWS_MIN) return null;
  const dispersion = dispersionOf(dimensions, at);
  const penalty = (2 + dimensions.length) * Math.log(rows);
  return { at, evidence: (log_ratios[at] - penalty) / dispersion, dispersion };
}

/** Adds the log-likelihood ratio of every split of one dimension, by the sum of squares between its two levels. */
function addLogRatios(into: Float64Array, values: readonly number[], variance_min: number): void {
  const rows = values.length;
  const mean = meanOf(values, 0, rows);
  let within = 0;
  for (const value of values) within += (value - mean) ** 2;
  const null_variance = within / rows + variance_min;
  if (!(null_variance > 0)) return;
  let sum = 0;
  for (let split = 1; split < rows; split++) {
    sum += values[split - 1] - mean;
    const between = (sum * sum * rows) / (split * (rows - split));
    const variance = Math.max(0, within - between) / rows + variance_min;
    into[split] += variance > 0 ? (rows / 2) * Math.log(null_variance / variance) : 0;
  }
}

/** Square root of the variance inflation by the autocorrelation of the residuals, mean over the dimensions. */
function dispersionOf(dimensions: readonly (readonly number[])[], at: number): number {
  let total = 0;
  for (const values of dimensions) {
    const before = meanOf(values, 0, at);
    const after = meanOf(values, at, values.length);
    let products = 0;
    let squares = 0;
    let previous = 0;
    for (const [index, value] of values.entries()) {
      const residual = value - (index < at ? before : after);
      if (index !== at) products += residual * previous;
      squares += residual * residual;
      previous = residual;
    }
    if (squares > 0) total += products / squares;
  }
  const correlation = Math.min(AUTOCORRELATION_MAX, Math.max(0, total / dimensions.length));
  return Math.sqrt((1 + correlation) / (1 - correlation));
}

function meanOf(values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index++) sum += values[index];
  return sum / (to - from);
}
