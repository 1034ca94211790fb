import type { DetectionWindow, ExpectedLevel } from '../../contracts/detector.js';

/** A source of even draws in [0, 1). */
export interface Draws {
  uniform(): number;
}

/**
 * Windows of `n` independent calls whose outcome has a level, held against what is expected of them: drawn by inversion
 * from the binomial distribution, all into one object, so that a run costs no allocation.
 */
export class LevelStream {
  readonly #cumulative: Float64Array;
  readonly #window: { -readonly [Key in keyof DetectionWindow]: DetectionWindow[Key] };

  /**
   * @param n calls of a window
   * @param level true level, in (0, 1)
   * @param expected level that the baseline says, in (0, 1), known exactly
   */
  constructor(n: number, level: number, expected: number) {
    this.#cumulative = binomialDistribution(n, level);
    this.#window = {
      start_us: 0,
      end_us: 0,
      n,
      total: 0,
      exposure_ms: 0,
      total_squares: 0,
      expected: exactly(expected),
    };
  }

  /** The next window; the same object as before. */
  next(draws: Draws): DetectionWindow {
    const even = draws.uniform();
    const cumulative = this.#cumulative;
    let total = 0;
    while (total < cumulative.length - 1 && even >= cumulative[total]!) total++;
    this.#window.total = total;
    this.#window.start_us = this.#window.end_us;
    this.#window.end_us += WINDOW_US;
    return this.#window;
  }
}

const WINDOW_US = 60_000_000;

function exactly(level: number): ExpectedLevel {
  return { level, standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true };
}

/** P(total <= k) for k = 0 .. n. */
function binomialDistribution(n: number, level: number): Float64Array {
  const cumulative = new Float64Array(n + 1);
  let chance = (1 - level) ** n;
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    sum += chance;
    cumulative[k] = sum;
    chance *= ((n - k) / (k + 1)) * (level / (1 - level));
  }
  cumulative[n] = 1;
  return cumulative;
}
