/**
 * What runs at an instance of DuckDB. It ends the process, or never answers, when it is closed meanwhile: who closes it
 * waits for `end`, and nothing is begun after that.
 */
export class RunningWork {
  readonly #running = new Set<Promise<unknown>>();
  #has_ended = false;

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#has_ended) throw new Error('the store is closed');
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Resolves when nothing runs any more. */
  async end(): Promise<void> {
    this.#has_ended = true;
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
