import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configSchema } from '../../contracts/config.js';
import { DueAcknowledgements, PAGE_ROWS_MAX } from '../../pipelines/due-acknowledgements.js';
import { openStore } from '../../pipelines/open-store.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import type { Store } from '../../pipelines/store.js';
import { newFolder } from './small-run.js';

const folder = newFolder();
let store: Store;
beforeAll(async () => {
  store = await openStore(join(folder, 'data'), readSignalFiles(), configSchema.parse({ version: 1 }).operate);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

test('acknowledgements come in pages, each in its order, and none twice: also where thousands have one time', async () => {
  // A thousand at each of ten times, the later ones first in the log: two and a half pages.
  await store.define(`
    insert into acknowledgements
    select i, make_timestamp((10 - i // 1000) * 1_000_000), 'd' || i, 'all', 'applied', null from range(10_000) as r(i)`);
  const due = new DueAcknowledgements(store, 0, 11_000_000);
  const taken: string[] = [];
  const pages: number[] = [];
  for (let reached_us = 0; reached_us < 11_000_000; ) {
    reached_us = await due.reach();
    const before = taken.length;
    for (const { directive_id } of due.before(reached_us + 1)) taken.push(directive_id);
    pages.push(taken.length - before);
  }
  expect(pages).toEqual([PAGE_ROWS_MAX, PAGE_ROWS_MAX, 10_000 - 2 * PAGE_ROWS_MAX]);
  const inOrder = Array.from({ length: 10_000 }, (_, at) => `d${(9 - Math.floor(at / 1_000)) * 1_000 + (at % 1_000)}`);
  expect(taken).toEqual(inOrder);
});
