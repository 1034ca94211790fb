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
  const { counts, sums, scatters, rows } = window;
  window.scatter += scatter + between(window.count, window.sum, count, sum);
  window.count += count;
  window.sum += sum;
  if (rows[0] < BUCKETS_PER_ROW_MAX) {
    rows[0]++;
    counts.push(count);
    sums.push(sum);
    scatters.push(scatter);
    return;
  }
  const at = makeRoom(window);
  counts[at] = count;
  sums[at] = sum;
  scatters[at] = scatter;
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
  const mean = sum / count;
  // R is more than n / (n0 n1), so that no cut has evidence whose squared deviation lies below this times n0 n1.
  let least = (doubleVariance * offset) / count;
  let root = Math.sqrt(offset);
  let before = 0;
  let sumBefore = 0;
  for (let i = 0; i < last; i++) {
    before += counts[i];
    sumBefore += sums[i];
    const after = count - before;
    const deviation = sumBefore - mean * before;
    if (deviation * deviation <= least * (before * after)) continue;
    if (before < SIDE_MIN || after < SIDE_MIN) continue;
    // With s^2 = D: (2 R / 3) s^2 + sqrt(2 v R) s = gap, solved in the form that does not cancel.
    const gap = Math.abs(sum * before - sumBefore * count) / (before * after);
    const scale = slackCount / ((before - slack) * (after - slack));
    const linear = Math.sqrt(doubleVariance * scale);
    const found = (2 * gap) / (linear + Math.sqrt(linear * linear + (8 / 3) * scale * gap));
    if (!(found > root)) continue;
    root = found;
    least = (doubleVariance * root * root) / count;
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

/**
 * Takes one bucket out of the newest row, which is full, and gives the place that is then free at the end: the two oldest
 * buckets of the row become the newest of the next, and so on from row to row while they are full. A full row gives away
 * two and takes one, so it is known beforehand which buckets go together: one pass moves the others up, from the oldest
 * row that gives to the newest.
 */
function makeRoom({ counts, sums, scatters, rows }: Adwin): number {
  let full = 1;
  while (full < rows.length && rows[full] === BUCKETS_PER_ROW_MAX) full++;
  if (full < rows.length) rows[full]++;
  else if (full < ROWS_MAX) rows.push(1);
  let to = counts.length - BUCKETS_PER_ROW_MAX * full;
  let from = to;
  for (let row = full - 1; row >= 0; row--) {
    rows[row] = BUCKETS_PER_ROW_MAX - 1;
    scatters[to] =
      scatters[from] + scatters[from + 1] + between(counts[from], sums[from], counts[from + 1], sums[from + 1]);
    counts[to] = counts[from] + counts[from + 1];
    sums[to] = sums[from] + sums[from + 1];
    const next = from + BUCKETS_PER_ROW_MAX;
    for (to++, from += 2; from < next; to++, from++) {
      counts[to] = counts[from];
      sums[to] = sums[from];
      scatters[to] = scatters[from];
    }
  }
  for (let rest = counts.length - 1; rest > to; rest--) {
    counts.pop();
    sums.pop();
    scatters.pop();
  }
  return to;
}
