import { describe, expect, it } from 'vitest';
import { openStore } from '../../pipelines/open-store.js';
import { readSignalFiles, type SignalFile } from '../../pipelines/signal-files.js';
import { Store } from '../../pipelines/store.js';
import { dataDir } from './land/opened-landing.js';

/** A signal of the same name that counts something else. */
const BOUNDS = { store_memory_mib_max: 256, store_spill_mib_max: 1_024, answer_mib_max: 1 };

function changed(files: readonly SignalFile[], name: string): SignalFile[] {
  return files.map((one) =>
    one.signal.signal === name
      ? { ...one, signal: { ...one.signal, summary: 'other' }, sql: one.sql.replace(/;\s*$/, ' limit 0;') }
      : one,
  );
}

async function described(data_dir: string, files: readonly SignalFile[], sql: string): Promise<unknown[][]> {
  const store = await openStore(data_dir, files, BOUNDS);
  try {
    return (await store.query(sql)).rows;
  } finally {
    await store.close();
  }
}

describe('the store of a data directory', () => {
  it('has the signals that it was opened with last, whatever it was opened with before', async () => {
    const data_dir = dataDir();
    const shipped = readSignalFiles();
    const views = "select sql from duckdb_views() where view_name = 'answer_rate'";
    const summaries = "select summary from signals where signal = 'answer_rate'";
    const [view] = await described(data_dir, shipped, views);
    const [summary] = await described(data_dir, shipped, summaries);
    const others = changed(shipped, 'answer_rate');
    expect(await described(data_dir, others, summaries)).toEqual([['other']]);
    expect(await described(data_dir, others, views)).not.toEqual([view]);
    expect(await described(data_dir, shipped, views)).toEqual([view]);
    expect(await described(data_dir, shipped, summaries)).toEqual([summary]);
  });

  it('keeps nothing of a signal that cannot be created', async () => {
    const data_dir = dataDir();
    const shipped = readSignalFiles();
    const broken = shipped.map((one) =>
      one.signal.signal === 'answer_rate'
        ? { ...one, sql: 'create or replace view answer_rate as select 1 as n;' }
        : one,
    );
    const count = 'select count(*) from answer_rate';
    expect(await described(data_dir, shipped, count)).toEqual([[0]]);
    await expect(openStore(data_dir, broken, BOUNDS)).rejects.toMatchObject({ code: 'SIGNAL_RELATION_INVALID' });
    expect(await described(data_dir, shipped, count)).toEqual([[0]]);
  });
});

describe('a store that is closed', () => {
  it('waits for what runs, interrupts queries of people, and takes nothing more', async () => {
    const store = await Store.open({ path: ':memory:', threads: 1, memory_mib_max: 256, temp_dir: '' });
    const made = store.define('create table numbers as select range as number from range(300000)');
    const asked = () =>
      store.query('select count(*) from range(1000000) one, range(100000) other where one.range + other.range = 5');
    const interrupted = { code: 'SQL_FAILED', detail: expect.stringContaining('INTERRUPT') };
    const refused = expect(asked()).rejects.toMatchObject(interrupted);
    await new Promise((resolve) => setTimeout(resolve, 20));
    // One that has only begun does not hear the first interrupt.
    const refused_too = expect(asked()).rejects.toMatchObject(interrupted);
    await store.close();
    await made;
    await Promise.all([refused, refused_too]);
    await expect(store.define('select 1')).rejects.toThrow('the store is closed');
  });
});
