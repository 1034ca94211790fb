import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../contracts/config.js';
import { PlumblineError } from '../contracts/errors.js';
import { makeFolder } from './durable-files.js';
import { archiveFolder } from './land/archive-files.js';
import { logSource } from './land/log-source.js';
import { refuseOther } from './open-regular.js';
import { nameSignals, registerSignals, type SignalFile } from './signal-files.js';
import { spillFolder } from './spill-folder.js';
import { readStatement, schemaOrder } from './statements.js';
import { Store } from './store.js';

/** One: with several, rows come in any order, and the other core decodes meanwhile. */
const STORE_THREADS = 1;
/** Of the relations in the file. It grows with every change of a table that keeps rows, or of the rows: the log makes them anew. */
const STORE_FORMAT = 12;

export function storePath(data_dir: string): string {
  return join(data_dir, 'plumbline.duckdb');
}

/**
 * Opens the store of a data directory and registers what the configuration names. The caller holds the directory
 * (`lockDirectory`).
 * @throws PlumblineError DATA_DIRECTORY_IN_USE when another program has the file open, STORE_FORMAT_UNKNOWN when another
 * version of Plumbline has written it
 */
export async function openStore(
  data_dir: string,
  signals: readonly SignalFile[],
  bounds: Pick<Config['operate'], 'store_memory_mib_max' | 'store_spill_mib_max' | 'answer_mib_max'>,
): Promise<Store> {
  makeFolder(data_dir);
  let store: Store | undefined;
  try {
    store = await Store.open({
      path: refuseOther(storePath(data_dir)),
      threads: STORE_THREADS,
      memory_mib_max: bounds.store_memory_mib_max,
      spill_mib_max: bounds.store_spill_mib_max,
      answer_bytes_max: bounds.answer_mib_max * 2 ** 20,
      temp_dir: spillFolder(data_dir),
    });
    store.setLog(logSource(data_dir));
    await define(store, data_dir, signals);
    await store.confineTo(archiveFolder(data_dir));
    return store;
  } catch (error) {
    await store?.close();
    if (!(error instanceof Error) || error instanceof PlumblineError) throw error;
    if (/could not set lock/i.test(error.message))
      throw new PlumblineError('DATA_DIRECTORY_IN_USE', `another program has the store in "${data_dir}" open`, {
        detail: error.message.split('\n')[0],
        hint: 'Close it there; ask the running instance instead ("plumbline sql"), or open a copy.',
        cause: error,
      });
    if (/^IO Error/.test(error.message))
      throw new PlumblineError('STORE_FAILED', `the store in "${data_dir}" cannot be opened`, {
        detail: error.message.split('\n')[0],
        hint: 'See to the owner and the rights of its files, to room, and to the disk; the log holds all that is in it.',
        cause: error,
      });
    throw error;
  }
}

/**
 * Creates what the file lacks, in one transaction. A file in which all that lasts was created from the same texts is taken
 * as it is: to bind every view anew is most of the time of a start with little data.
 */
async function define(store: Store, data_dir: string, signals: readonly SignalFile[]): Promise<void> {
  const { tables, has_format, has_definitions } = (await store.rows('checks/store_relations'))[0]!;
  const version = has_format === true ? (await store.rows('checks/store_version'))[0]?.version : undefined;
  if (Number(tables) > 0 && version !== STORE_FORMAT) {
    throw new PlumblineError('STORE_FORMAT_UNKNOWN', `the store in "${data_dir}" was written by another version`, {
      detail: `its format is ${version ?? 'older than all that have a number'}, this version reads ${STORE_FORMAT}`,
      hint: 'Run "plumbline rebuild": it makes the store anew from the log, and keeps the old file.',
    });
  }
  const digest = definitionsDigest(signals);
  const defined = has_definitions === true ? (await store.rows('checks/store_definitions'))[0]?.digest : undefined;
  const is_defined = defined === digest;
  await store.transaction(async () => {
    await store.createSchema({ is_defined });
    if (is_defined) return await nameSignals(store, signals);
    await registerSignals(store, signals);
    await store.run('staging/definitions_emptied');
    await store.append('definitions', [{ type: 'text', values: [digest] }]);
    if (version === undefined) await store.append('store_format', [{ type: 'integer32', values: [STORE_FORMAT] }]);
  });
}

/** Of the texts that all lasting relations are created from, signals with what they are registered as. */
function definitionsDigest(signals: readonly SignalFile[]): string {
  const hash = createHash('sha256');
  for (const name of schemaOrder()) hash.update(`${name}\n${readStatement(name)}\n`);
  for (const { signal, sql } of signals) hash.update(`${signal.signal}\n${sql}\n`);
  return hash.digest('hex');
}
