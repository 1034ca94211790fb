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

/** Queries that people have asked and that run, each on a connection of its own. */
export class AskedQueries {
  readonly #running = new RunningWork();
  readonly #connections = new Set<Connection>();
  #has_ended = false;

  /** @param gone aborts when nobody waits for the answer any more: the query is interrupted */
  async on<Connected extends Connection, Result>(
    connect: () => Promise<Connected>,
    ask: (connection: Connected) => Promise<Result>,
    gone?: AbortSignal,
  ): Promise<Result> {
    if (this.#has_ended) throw stopping();
    return await this.#running.during(async () => {
      const connection = await connect();
      this.#connections.add(connection);
      let interrupting: NodeJS.Timeout | undefined;
      const interrupt = () => {
        connection.interrupt();
        interrupting = setInterval(() => connection.interrupt(), INTERRUPT_AGAIN_MS);
      };
      if (gone?.aborted === true) interrupt();
      gone?.addEventListener('abort', interrupt, { once: true });
      try {
        return await ask(connection);
      } finally {
        gone?.removeEventListener('abort', interrupt);
        clearInterval(interrupting);
        this.#connections.delete(connection);
        connection.closeSync();
      }
    });
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

function stopping(): PlumblineError {
  return new PlumblineError('INSTANCE_NOT_RUNNING', 'the instance is stopping', {
    hint: 'Ask again when it has stopped, or runs again.',
  });
}
