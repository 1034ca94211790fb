import { RunningWork } from './running-work.js';

interface Connection {
  interrupt(): void;
  closeSync(): void;
}

/** How often a query that does not end is interrupted again. */
const INTERRUPT_AGAIN_MS = 20;

/** Queries that people have asked and that run, each on a connection of its own. */
export class AskedQueries {
  readonly #running = new RunningWork();
  readonly #connections = new Set<Connection>();

  on<Connected extends Connection, Result>(
    connect: () => Promise<Connected>,
    ask: (connection: Connected) => Promise<Result>,
  ): Promise<Result> {
    return this.#running.during(async () => {
      const connection = await connect();
      this.#connections.add(connection);
      try {
        return await ask(connection);
      } finally {
        this.#connections.delete(connection);
        connection.closeSync();
      }
    });
  }

  /** Interrupts them, and takes no more of them. One that has only begun does not hear it, and is told again. */
  async end(): Promise<void> {
    const interrupt = () => {
      for (const connection of this.#connections) connection.interrupt();
    };
    interrupt();
    const again = setInterval(interrupt, INTERRUPT_AGAIN_MS);
    await this.#running.end().finally(() => clearInterval(again));
  }
}
