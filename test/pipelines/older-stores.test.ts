import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { storePath } from '../../pipelines/open-store.js';
import { Store } from '../../pipelines/store.js';
import { newFolder, openSmall } from './small-run.js';

const STORES = 'fixtures/stores';
const formats = readdirSync(STORES).filter((name) => name.startsWith('format-'));

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** A data directory with the log of the fixture, and its store if that is wished. */
function directoryOf(format: string, name: string, hasStore: boolean): string {
  const data_dir = join(folder, name);
  mkdirSync(data_dir);
  cpSync(join(STORES, format, 'log'), join(data_dir, 'log'), { recursive: true });
  const packed = readFileSync(join(STORES, format, 'plumbline.duckdb.gz'));
  if (hasStore) writeFileSync(storePath(data_dir), gunzipSync(packed));
  return data_dir;
}

async function opened(data_dir: string) {
  const told: string[] = [];
  const pipeline = await openSmall(data_dir, [], {
    land: { duplicate_entries_max: 4_096 },
    write: (line) => void told.push(line),
  });
  const { relations } = await pipeline.digest();
  const { rows } = await pipeline.query('select count(*)::integer, count(call_id)::integer from calls');
  const { landed } = pipeline.progress.events;
  await pipeline.close();
  return { told, relations, landed, calls: rows[0] };
}

describe('stores of earlier formats', () => {
  test('are there to be opened', () => {
    expect(formats).toContain('format-3');
  });

  test.each(formats)('%s: is set aside, and what it held is made from the log, as it is without it', async (format) => {
    const rows = JSON.parse(readFileSync(join(STORES, format, 'rows.json'), 'utf8')) as Record<string, number>;
    const data_dir = directoryOf(format, `${format}-with`, true);
    const outcome = await opened(data_dir);
    expect(outcome.told.join()).toContain(`its format is ${format.replace('format-', '')}`);
    expect(outcome.landed).toBeGreaterThan(100);
    expect(outcome.calls).toEqual([rows.calls, rows.calls]);
    const without = await opened(directoryOf(format, `${format}-without`, false));
    expect(without.told).toEqual([]);
    expect(outcome.relations).toEqual(without.relations);
    expect(outcome.relations.find(({ relation }) => relation === 'turns')?.rows).toBe(rows.turns);
    // The second start finds its own.
    expect((await opened(data_dir)).told).toEqual([]);
  });

  test.each(formats)('%s: stays readable where it was set aside', async (format) => {
    const before = `${storePath(join(folder, `${format}-with`))}.before`;
    expect(existsSync(before)).toBe(true);
    const store = await Store.open({ path: before, threads: 1, memory_mib_max: 128, temp_dir: folder });
    const { rows } = await store.query('select count(*)::integer from finished_calls');
    await store.close();
    const expected = JSON.parse(readFileSync(join(STORES, format, 'rows.json'), 'utf8')) as Record<string, number>;
    expect(rows).toEqual([[expected.calls]]);
  });
});
