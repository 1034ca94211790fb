import type { ExpectedLevel } from '../../../contracts/detector.js';

/** Rows from which a level learnt from a series is sufficient. */
export const LEARNT_ROWS_MIN = 30;

/**
 * What is expected of a row, learnt from the rows before it and from nothing else: their mean and standard deviation, each
 * row once (Welford 1962).
 */
export class LearntLevel {
  #rows = 0;
  #mean = 0;
  #squares = 0;

  learn(value: number): void {
    this.#rows++;
    const gap = value - this.#mean;
    this.#mean += gap / this.#rows;
    this.#squares += gap * (value - this.#mean);
  }

  expected(): ExpectedLevel {
    const value_sd = this.#rows > 1 ? Math.sqrt(this.#squares / (this.#rows - 1)) : 0;
    return {
      level: this.#mean,
      standard_error: this.#rows > 0 ? value_sd / Math.sqrt(this.#rows) : 0,
      value_sd,
      dispersion: 1,
      is_sufficient: this.#rows >= LEARNT_ROWS_MIN,
    };
  }
}
