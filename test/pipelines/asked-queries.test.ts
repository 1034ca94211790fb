import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { archiveFolder } from '../../pipelines/land/archive-files.js';
import { openStore } from '../../pipelines/open-store.js';
import type { Store } from '../../pipelines/store.js';
import { newFolder, openSmall } from './small-run.js';

const LONG = 'select count(*) from range(1000000) one, range(100000) other where one.range + other.range = 5';
const data_dir = join(newFolder(), 'data');
let store: Store;
beforeAll(async () => {
  store = await openStore(data_dir, [], { store_memory_mib_max: 256, store_spill_mib_max: 1_024, answer_mib_max: 1 });
  mkdirSync(archiveFolder(data_dir), { recursive: true });
});
afterAll(async () => {
  await store.close();
  rmSync(data_dir, { recursive: true });
});

describe('a query that a person asks', () => {
  test('opens no file outside the archive: to close one that is locked gives up the lock', async () => {
    for (const query of [
      `select size from read_blob('${join(data_dir, 'lock.duckdb')}')`,
      `select content from read_text('${join(data_dir, 'keys', 'master')}')`,
      `from glob('${data_dir}/*')`,
      `from read_csv('${archiveFolder(data_dir)}/../log/end')`,
      "from '/etc/passwd'",
      `copy (select 1) to '${join(data_dir, 'log', '00000000.arrow')}'`,
    ])
      await expect(store.query(query), query).rejects.toMatchObject({
        code: 'SQL_FAILED',
        detail: expect.stringMatching(/disabled by configuration|does not exist/),
      });
  });

  test('writes nothing, nowhere', async () => {
    for (const query of [
      `copy (select 1) to '${join(archiveFolder(data_dir), 'x.parquet')}'`,
      "attach ':memory:' as other",
      'checkpoint',
      'set threads = 2',
      'create temp table t as select 1 as a',
    ])
      await expect(store.query(query), query).rejects.toMatchObject({
        code: 'SQL_FAILED',
        message: expect.stringContaining('is no query that only reads'),
      });
    expect(readdirSync(archiveFolder(data_dir))).toEqual([]);
  });

  test('may ask what there is, and how it is found', async () => {
    for (const query of ['describe calls', 'show tables', 'explain from calls', 'values (1)', 'from landed_events'])
      await store.query(query);
  });

  test('gets no more than fits into memory', async () => {
    await expect(store.query('from range(1_000_000_000)')).rejects.toMatchObject({
      message: 'the answer is too large',
      detail: 'it has more than 1000000 rows of 1 columns',
    });
    // Texts, and lists of them, are counted as long as they are.
    for (const value of ["repeat('x', 1024)", "[repeat('x', 512), repeat('y', 512)]"]) {
      expect((await store.query(`select ${value} from range(1_000)`)).rows).toHaveLength(1_000);
      await expect(store.query(`select ${value} from range(1_025)`)).rejects.toMatchObject({
        message: 'the answer is too large',
        detail: 'it has more than 1048576 bytes',
      });
    }
    expect((await store.query('from range(5000)')).rows).toHaveLength(5_000);
  });

  test('is interrupted when nobody waits for it any more, and others are not', async () => {
    const gone = new AbortController();
    const asked = expect(store.query(LONG, [gone.signal])).rejects.toMatchObject({
      detail: expect.stringContaining('INTERRUPT'),
    });
    const other = store.query('select count(*)::integer from range(30000000) one where one.range % 7 = 1');
    gone.abort();
    await asked;
    expect((await other).rows).toEqual([[4_285_715]]);
  });

  test('does not keep a run from ending, also when a person who is being forgotten waits for it', async () => {
    const stop = new AbortController();
    const live = { now_us: Date.parse('2025-09-16T12:00:00Z') * 1000 };
    const pipeline = await openSmall(join(newFolder(), 'data'), [], { live, signal: stop.signal });
    const run = pipeline.run();
    const asked = pipeline.query(LONG);
    // A digest of a large store, and another behind it.
    const rows = pipeline.store.rows.bind(pipeline.store);
    vi.spyOn(pipeline.store, 'rows').mockImplementation(async (name, parameters) => {
      if (name === 'checks/relation_digest') await pipeline.store.define(`create or replace temp table n as ${LONG}`);
      return await rows(name, parameters);
    });
    const stopping = expect.objectContaining({ code: 'INSTANCE_NOT_RUNNING', message: 'the instance is stopping' });
    const digests = Promise.allSettled([pipeline.digest(), pipeline.digest()]);
    const refused = expect(asked).rejects.toMatchObject({
      code: 'SQL_FAILED',
      detail: expect.stringContaining('INTERRUPT'),
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const forgotten = pipeline.operations.forget('+13125550100').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    stop.abort();
    await run;
    await pipeline.close();
    await Promise.all([refused, forgotten]);
    expect(await digests).toEqual(Array(2).fill({ status: 'rejected', reason: stopping }));
  });
});
