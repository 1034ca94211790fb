/** Buckets of one size kept at most; one more, and the two oldest become one of twice the size. */
const BUCKETS_PER_ROW_MAX = 5;

/** Values on either side of a cut below which it is not looked at. */
const SIDE_MIN = 5;

/** Values below which there is no cut at all. */
const WIDTH_MIN = 10;

/** Rows at most: 2^40 additions. */
const ROWS_MAX = 40;

/**
 * An adaptive window (ADWIN2, Bifet and Gavalda 2007): an exponential histogram of everything since the last cut. Values
 * lie in a range of 1. What is added may be one value or many at once, by their count, sum and scatter. Buckets are in
 * columns, oldest first; `rows[r]` tells how many hold 2^r additions.
 */
export interface Adwin {
  readonly counts: number[];
  readonly sums: number[];
  /** Sum of squared deviations from the mean of the bucket. */
  readonly scatters: number[];
  readonly rows: number[];
  count: number;
  sum: number;
  scatter: number;
}

/** The best cut of a window: `evidence` = -ln of the least delta that would not cut there, in nats. */
export interface AdwinCut {
  evidence: number;
  /** Values after the cut, their mean, and the mean before it. */
  count: number;
  mean: number;
  mean_before: number;
}

export function initAdwin(): Adwin {
  return { counts: [], sums: [], scatters: [], rows: [0], count: 0, sum: 0, scatter: 0 };
}

/** Adds `count` values of this sum and scatter as one bucket, in place. Amortised O(1). */
export function addToAdwin(window: Adwin, count: number, sum: number, scatter: number): void {
  window.counts.push(count);
  window.sums.push(sum);
  window.scatters.push(scatter);
  window.rows[0]++;
  window.scatter += scatter + between(window.count, window.sum, count, sum);
  window.count += count;
  window.sum += sum;
  if (window.rows[0] > BUCKETS_PER_ROW_MAX) compress(window);
}

/** Drops the oldest bucket, in place. */
export function dropOldest(window: Adwin): void {
  const { counts, sums, scatters, rows } = window;
  const count = counts.shift() ?? 0;
  const sum = sums.shift() ?? 0;
  window.count -= count;
  window.sum -= sum;
  window.scatter = Math.max(
    0,
    window.scatter - (scatters.shift() ?? 0) - between(count, sum, window.count, window.sum),
  );
  rows[rows.length - 1]--;
  while (rows.length > 1 && rows[rows.length - 1] === 0) rows.pop();
}

/**
 * The best cut, written to `best`; evidence 0 where there is none. A cut into n0 and n1 of n values is made at delta when
 * the means differ by more than
 *
 *     sqrt(2 v D R) + 2 D R / 3,   D = ln(2 ln n / delta),   R = 1 / (n0 - 4) + 1 / (n1 - 4)
 *
 * v the variance in the window; turned about, D - ln(2 ln n) of the difference is the evidence. Every cut between two
 * buckets is looked at. O(log n).
 */
export function bestCut(window: Adwin, best: AdwinCut): void {
  best.evidence = 0;
  const { counts, sums, count, sum } = window;
  if (count <= WIDTH_MIN) return;
  const doubleVariance = (2 * window.scatter) / count;
  const offset = Math.log(2 * Math.log(count));
  const last = counts.length - 1;
  const slack = SIDE_MIN - 1;
  const slackCount = count - 2 * slack;
  let root = Math.sqrt(offset);
  let before = 0;
  let sumBefore = 0;
  for (let i = 0; i < last; i++) {
    before += counts[i];
    sumBefore += sums[i];
    const after = count - before;
    if (after < SIDE_MIN) break;
    if (before < SIDE_MIN) continue;
    // With s^2 = D: (2 R / 3) s^2 + sqrt(2 v R) s = gap. A cut is better than the best where its gap is beyond that of the
    // best s. Few are; both sides times `shared` tell it without a division or a root, which is what a look costs.
    const sides = before * after;
    const slackSides = (before - slack) * (after - slack);
    const shared = sides * slackSides;
    const gapShared = Math.abs(sum * before - sumBefore * count) * slackSides;
    const scaleShared = slackCount * sides * root;
    const rest = gapShared - (2 / 3) * scaleShared * root;
    if (!(rest > 0 && rest * rest > doubleVariance * scaleShared * root * shared)) continue;
    const gap = gapShared / shared;
    const scale = (slackCount * sides) / shared;
    // In the form that does not cancel.
    const linear = Math.sqrt(doubleVariance * scale);
    root = (2 * gap) / (linear + Math.sqrt(linear * linear + (8 / 3) * scale * gap));
    best.evidence = Math.max(0, root * root - offset);
    best.count = after;
    best.mean = (sum - sumBefore) / after;
    best.mean_before = sumBefore / before;
  }
}

/** Scatter between two groups about their common mean. */
function between(n1: number, sum1: number, n2: number, sum2: number): number {
  if (!(n1 > 0 && n2 > 0)) return 0;
  const gap = sum1 * n2 - sum2 * n1;
  return (gap * gap) / (n1 * n2 * (n1 + n2));
}

/** Two oldest of a row become the newest of the next, row by row. */
function compress({ counts, sums, scatters, rows }: Adwin): void {
  let end = counts.length;
  for (let row = 0; row < rows.length && rows[row] > BUCKETS_PER_ROW_MAX; row++) {
    const first = end - rows[row];
    scatters[first] += scatters[first + 1] + between(counts[first], sums[first], counts[first + 1], sums[first + 1]);
    counts[first] += counts[first + 1];
    sums[first] += sums[first + 1];
    // A handful of moves, near the end: the library's own ways of doing this cost ten times as much there.
    const last = counts.length - 1;
    for (let i = first + 1; i < last; i++) {
      counts[i] = counts[i + 1];
      sums[i] = sums[i + 1];
      scatters[i] = scatters[i + 1];
    }
    counts.pop();
    sums.pop();
    scatters.pop();
    rows[row] -= 2;
    if (row + 1 < rows.length) rows[row + 1]++;
    else if (rows.length < ROWS_MAX) rows.push(1);
    end = first + 1;
  }
}
