import { noteStoreDamage } from './derived-store.js';
import { isStoreDamage } from './store-failures.js';

/**
 * Whose turn it is at the store: its connection serves one task at a time, a frame that is applied or somebody who reads.
 * A frame that failed stays failed: every later turn ends with its error.
 */
export class StoreTurns {
  readonly #data_dir: string;
  #last: Promise<void> = Promise.resolve();

  constructor(data_dir: string) {
    this.#data_dir = data_dir;
  }

  /** Every turn that was asked for is over, those that were asked for meanwhile too. */
  async idle(): Promise<void> {
    for (let last: Promise<void> | null = null; last !== this.#last; ) {
      last = this.#last;
      await last;
    }
  }

  /** Begins work when all before it is over, and waits until it says that others may go on beside it. */
  async take(work: (goOn: () => void) => Promise<void>): Promise<void> {
    await this.idle();
    await new Promise<void>((resolve) => {
      this.#last = work(resolve).catch(this.#failed).finally(resolve);
      this.#last.catch(() => undefined);
    });
  }

  /** What `read` gives, read when all before it is over. */
  reading<Result>(read: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    const reading = before
      .catch(() => undefined)
      .then(read)
      .catch(this.#failed);
    this.#last = reading.catch(() => undefined).then(() => before);
    this.#last.catch(() => undefined);
    return reading;
  }

  /** Damage is noted before the process ends by it: the next start makes the store anew. */
  readonly #failed = (error: unknown): never => {
    if (isStoreDamage(error)) noteStoreDamage(this.#data_dir, error);
    throw error;
  };
}
