/**
 * Who reads files of log and archive, and who replaces them: never both at a time. Queries read side by side; from the
 * moment somebody wants to replace files, those that come wait until that is done.
 */
export class FileTurns {
  readonly #reading = new Set<Promise<unknown>>();
  #replacing: Promise<unknown> | null = null;

  get isRead(): boolean {
    return this.#reading.size > 0;
  }

  /** Runs a query that may read archive and log: neither changes meanwhile. */
  async reading<Result>(query: () => Promise<Result>): Promise<Result> {
    while (this.#replacing !== null) await this.#replacing;
    const read = query();
    const over = read.then(
      () => undefined,
      () => undefined,
    );
    this.#reading.add(over);
    try {
      return await read;
    } finally {
      this.#reading.delete(over);
    }
  }

  /** Runs work that replaces files, once nobody reads them. */
  async replacing<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#replacing !== null) await this.#replacing;
    const worked = Promise.all(this.#reading).then(work);
    this.#replacing = worked.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await worked;
    } finally {
      this.#replacing = null;
    }
  }
}
