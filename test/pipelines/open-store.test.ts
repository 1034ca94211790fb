import { describe, expect, it } from 'vitest';
import { openStore } from '../../pipelines/open-store.js';
import { readSignalFiles, type SignalFile } from '../../pipelines/signal-files.js';
import { dataDir } from './land/opened-landing.js';

/** A signal of the same name that counts something else. */
function changed(files: readonly SignalFile[], name: string): SignalFile[] {
  return files.map((one) =>
    one.signal.signal === name
      ? { ...one, signal: { ...one.signal, summary: 'other' }, sql: one.sql.replace(/;\s*$/, ' limit 0;') }
      : one,
  );
}

async function described(data_dir: string, files: readonly SignalFile[], sql: string): Promise<unknown[][]> {
  const store = await openStore(data_dir, files);
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
    await expect(openStore(data_dir, broken)).rejects.toMatchObject({ code: 'SIGNAL_RELATION_INVALID' });
    expect(await described(data_dir, shipped, count)).toEqual([[0]]);
  });
});
