/** The largest distance between the distribution functions of two samples, each sorted upwards (Smirnov 1939). */
export function smirnovDistance(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const n = first.length;
  const m = second.length;
  let i = 0;
  let j = 0;
  let distance = 0;
  while (i < n && j < m) {
    const value = Math.min(first[i], second[j]);
    while (i < n && first[i] === value) i++;
    while (j < m && second[j] === value) j++;
    distance = Math.max(distance, Math.abs(i / n - j / m));
  }
  return distance;
}

/**
 * Chance that two samples of one and the same continuous distribution lie at least this far apart: lattice paths from
 * (0, 0) to (n, m) that leave the band |i / n - j / m| < distance, counted as shares so that nothing overflows (Hodges
 * 1957). Exact; ties make it too large. O(n m).
 *
 * A path that stands at (i, j) goes on to (i + 1, j) with chance (n - i) / (n + m - i - j): all paths are alike. `inside`
 * holds the chance to have come to (i, j) without leaving the band.
 */
export function smirnovTail(n: number, m: number, distance: number): number {
  // A distance is a multiple of 1 / (n m).
  const steps = Math.round(distance * n * m);
  const key = `${n},${m},${steps}`;
  let tail = TAILS.get(key);
  if (tail === undefined) {
    tail = tailOf(n, m, steps);
    if (TAILS.size >= TAILS_MAX) TAILS.clear();
    TAILS.set(key, tail);
  }
  return tail;
}

/** Chances that were counted already: a detector asks for the same few again and again. */
const TAILS = new Map<string, number>();
const TAILS_MAX = 10_000;

function tailOf(n: number, m: number, steps: number): number {
  // Half a step makes up for rounding.
  const limit = steps - 0.5;
  const inside = new Float64Array(m + 1);
  let outside = 0;
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      let chance = i === 0 && j === 0 ? 1 : 0;
      // The row before still stands in inside[j]; what came from the left has been added to this row.
      if (i > 0) chance += (inside[j] * (n - i + 1)) / (n + m - i - j + 1);
      if (j > 0) chance += (inside[j - 1] * (m - j + 1)) / (n + m - i - j + 1);
      if (Math.abs(i * m - j * n) > limit) {
        outside += chance;
        chance = 0;
      }
      inside[j] = chance;
    }
  }
  return Math.min(1, outside);
}

/**
 * Kolmogorov's limit: the chance that sqrt(n m / (n + m)) times the distance of two large samples of one distribution is
 * `scaled` or more. Two series for the same function, each where it converges at once (Marsaglia, Tsang, Wang 2003).
 */
export function kolmogorovTail(scaled: number): number {
  if (!(scaled > 0)) return 1;
  let sum = 0;
  if (scaled < 1) {
    for (let k = 1; k <= 9; k += 2) sum += Math.exp((-(k * k) * Math.PI * Math.PI) / (8 * scaled * scaled));
    return 1 - (Math.sqrt(2 * Math.PI) / scaled) * sum;
  }
  for (let k = 1; k <= 6; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * scaled * scaled);
  return sum;
}
