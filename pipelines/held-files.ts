import { attached, detached } from './session-text.js';

export interface HeldFile {
  close(): Promise<void>;
}

interface Connection {
  run(text: string): Promise<unknown>;
  closeSync(): void;
}

/**
 * Database files that are only kept open. All of a process hang on one instance of DuckDB, which is made with the first: to
 * make one takes ten times as long as to open such a file (docs/decisions/0042).
 */
export class HeldFiles {
  readonly #make: () => Promise<{ connect(): Promise<Connection> }>;
  #instance: Promise<{ connect(): Promise<Connection> }> | undefined;
  #named = 0;

  constructor(make: () => Promise<{ connect(): Promise<Connection> }>) {
    this.#make = make;
  }

  async hold(path: string): Promise<HeldFile> {
    this.#instance ??= this.#make();
    const instance = await this.#instance.catch((error: unknown) => {
      this.#instance = undefined;
      throw error;
    });
    const connection = await instance.connect();
    const name = `held_${this.#named++}`;
    try {
      await connection.run(attached(path, name));
    } catch (error) {
      connection.closeSync();
      throw error;
    }
    return {
      async close() {
        await connection.run(detached(name));
        connection.closeSync();
      },
    };
  }
}
