import { PlumblineError } from '../contracts/errors.js';
import { RunningWork } from './running-work.js';

interface Interruptible {
  interrupt(): void;
}

interface Connection extends Interruptible {
  closeSync(): void;
}

/** How often a query that does not end is interrupted again: one that has only begun does not hear it. */
const INTERRUPT_AGAIN_MS = 20;

/** Each aborts when an answer is not wanted any more: nobody waits for it, or the run is to end. */
export type AnswerEnds = readonly (AbortSignal | undefined)[];

/** What people have asked and what runs: queries on connections of their own, and readings of the store on its own one. */
export class AskedQueries {
  readonly #running = new RunningWork();
  readonly #connections = new Set<Connection>();
  #has_ended = false;

  async on<Connected extends Connection, Result>(
    connect: () => Promise<Connected>,
    ask: (connection: Connected) => Promise<Result>,
    ends: AnswerEnds = [],
  ): Promise<Result> {
    if (this.#has_ended) throw stopping();
    return await this.#running.during(async () => {
      const connection = await connect();
      this.#connections.add(connection);
      let interrupting: NodeJS.Timeout | undefined;
      const interrupt = () => {
        connection.interrupt();
        interrupting ??= setInterval(() => connection.interrupt(), INTERRUPT_AGAIN_MS);
      };
      if (hasEnded(ends)) interrupt();
      for (const end of ends) end?.addEventListener('abort', interrupt);
      try {
        return await ask(connection);
      } finally {
        for (const end of ends) end?.removeEventListener('abort', interrupt);
        clearInterval(interrupting);
        this.#connections.delete(connection);
        connection.closeSync();
      }
    });
  }

  /**
   * Reads at a connection that others use before and after it.
   * @throws PlumblineError INSTANCE_NOT_RUNNING when the answer is not wanted any more
   */
  async reading<Result>(connection: Interruptible, read: () => Promise<Result>, ends: AnswerEnds): Promise<Result> {
    if (hasEnded(ends)) throw stopping();
    const lent = { interrupt: () => connection.interrupt(), closeSync: () => undefined };
    try {
      return await this.on(async () => lent, read, ends);
    } catch (error) {
      throw this.#has_ended || hasEnded(ends) ? stopping() : error;
    }
  }

  /** Interrupts them, and takes no more of them. */
  async end(): Promise<void> {
    this.#has_ended = true;
    const interrupt = () => {
      for (const connection of this.#connections) connection.interrupt();
    };
    interrupt();
    const again = setInterval(interrupt, INTERRUPT_AGAIN_MS);
    await this.#running.end().finally(() => clearInterval(again));
  }
}

function hasEnded(ends: AnswerEnds): boolean {
  return ends.some((end) => end?.aborted === true);
}

function stopping(): PlumblineError {
  return new PlumblineError('INSTANCE_NOT_RUNNING', 'the instance is stopping', {
    hint: 'Ask again when it has stopped, or runs again.',
  });
}
