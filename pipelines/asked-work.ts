/** Work that is asked for from outside a loop: done between two of its steps while it runs, else at once. */
export class AskedWork {
  #is_running = false;
  readonly #waiting: (() => Promise<void>)[] = [];

  /** Runs the loop. What is still waiting when it ends is done then. */
  async during<Result>(loop: () => Promise<Result>): Promise<Result> {
    this.#is_running = true;
    try {
      return await loop();
    } finally {
      this.#is_running = false;
      await this.answer();
    }
  }

  /** Called by the loop where work may be done. */
  async answer(): Promise<void> {
    for (const work of this.#waiting.splice(0)) await work();
  }

  /** What the work gives; its error is the asker's. */
  do<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#is_running) return work();
    return new Promise((resolve, reject) => this.#waiting.push(() => work().then(resolve, reject)));
  }
}
