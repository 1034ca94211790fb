import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../contracts/config.js';
import { PlumblineError } from '../contracts/errors.js';
import { registerGroupings } from './observe.js';
import { registerSignals, type SignalFile } from './signal-files.js';
import { Store } from './store.js';

/** One: sums of fractions follow the order of rows, and the other core decodes meanwhile. */
const STORE_THREADS = 1;
const STORE_MEMORY_MIB_MAX = 1_536;

export function storePath(data_dir: string): string {
  return join(data_dir, 'plumbline.duckdb');
}

/**
 * Opens the store of a data directory and registers what the configuration names. The caller holds the directory
 * (`lockDirectory`).
 * @throws PlumblineError DATA_DIRECTORY_IN_USE when another program has the file open
 */
export async function openStore(data_dir: string, config: Config, signals: readonly SignalFile[]): Promise<Store> {
  mkdirSync(data_dir, { recursive: true, mode: 0o700 });
  try {
    const store = await Store.open({
      path: storePath(data_dir),
      threads: STORE_THREADS,
      memory_mib_max: STORE_MEMORY_MIB_MAX,
      temp_dir: join(data_dir, 'spill'),
    });
    await store.createSchema();
    await registerSignals(store, signals);
    await registerGroupings(store, config.observe.groupings);
    return store;
  } catch (error) {
    if (error instanceof Error && /lock/i.test(error.message)) {
      throw new PlumblineError('DATA_DIRECTORY_IN_USE', `another program has the store in "${data_dir}" open`, {
        detail: error.message.split('\n')[0],
        hint: 'Close it there; ask the running instance instead ("plumbline sql"), or open a copy.',
        cause: error,
      });
    }
    throw error;
  }
}
