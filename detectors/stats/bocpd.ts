/** Runs kept at most: of more, the least likely is forgotten, which past a few dozen has next to no chance. */
export const RUNS_MAX = 96;

/** Runs less likely than this are forgotten. */
const PROBABILITY_MIN = 1e-12;

/**
 * How long the present level has held (Bayesian online change-point detection, Adams and MacKay 2007), for values of
 * variance 1 around a level that is drawn anew, normal with mean 0, at every change. In columns, oldest run first.
 */
export interface RunLengths {
  /** Chance of each run; they sum to 1. */
  readonly probabilities: number[];
  /** Precision of the level, and that times its mean. */
  readonly precisions: number[];
  readonly weighted: number[];
  /** Units before the run. */
  readonly starts: number[];
  units: number;
}

export function initRunLengths(): RunLengths {
  return { probabilities: [], precisions: [], weighted: [], starts: [], units: 0 };
}

/**
 * Takes `units` values that sum to `sum` in, in place. `hazard` is the chance that a new run begins with them, `priorPrecision`
 * that of the level at a change; `dispersion` is the variance of a value. O(runs).
 */
export function addToRunLengths(
  runs: RunLengths,
  units: number,
  sum: number,
  dispersion: number,
  hazard: number,
  priorPrecision: number,
): void {
  const { probabilities, precisions, weighted, starts } = runs;
  const isFirst = probabilities.length === 0;
  for (let i = 0; i < probabilities.length; i++) probabilities[i] *= 1 - hazard;
  probabilities.push(isFirst ? 1 : hazard);
  precisions.push(priorPrecision);
  weighted.push(0);
  starts.push(runs.units);
  const value = sum / units;
  const noise = dispersion / units;
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < probabilities.length; i++) {
    // Logarithms, for a value far from every run must not make all of them impossible.
    probabilities[i] =
      Math.log(probabilities[i]) + logNormal(value - weighted[i] / precisions[i], noise + 1 / precisions[i]);
    if (probabilities[i] > best) best = probabilities[i];
    precisions[i] += 1 / noise;
    weighted[i] += value / noise;
  }
  let total = 0;
  for (let i = 0; i < probabilities.length; i++) {
    probabilities[i] = Math.exp(probabilities[i] - best);
    total += probabilities[i];
  }
  for (let i = 0; i < probabilities.length; i++) probabilities[i] /= total;
  runs.units += units;
  prune(runs);
}

function logNormal(gap: number, variance: number): number {
  return -0.5 * (Math.log(2 * Math.PI * variance) + (gap * gap) / variance);
}

/** Forgets runs without a chance; the newest stays, for its chance has yet to show. */
function prune(runs: RunLengths): void {
  const { probabilities } = runs;
  const newest = probabilities.length - 1;
  let least = 0;
  let kept = 0;
  let total = 0;
  for (let i = 0; i <= newest; i++) {
    if (probabilities[i] < PROBABILITY_MIN && i < newest) continue;
    move(runs, i, kept);
    total += probabilities[kept];
    if (probabilities[kept] < probabilities[least]) least = kept;
    kept++;
  }
  if (kept > RUNS_MAX) {
    total -= probabilities[least];
    for (let i = least; i < kept - 1; i++) move(runs, i + 1, i);
    kept--;
  }
  for (const column of [probabilities, runs.precisions, runs.weighted, runs.starts]) column.length = kept;
  for (let i = 0; i < kept; i++) probabilities[i] /= total;
}

function move({ probabilities, precisions, weighted, starts }: RunLengths, from: number, to: number): void {
  probabilities[to] = probabilities[from];
  precisions[to] = precisions[from];
  weighted[to] = weighted[from];
  starts[to] = starts[from];
}
