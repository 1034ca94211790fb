import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configSchema } from '../../contracts/config.js';
import type { EventType } from '../../contracts/event.js';
import { detectors } from '../../detectors/index.js';
import { Applier } from '../../pipelines/applier.js';
import { DueAcknowledgements, PAGE_ROWS_MAX } from '../../pipelines/due-acknowledgements.js';
import type { LandedFrame } from '../../pipelines/land.js';
import { openStore } from '../../pipelines/open-store.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import type { Store } from '../../pipelines/store.js';
import { before, chunkOf, dataDir, eventLine, landAll, MINUTE_US, NOW_US, openLanding } from './land/opened-landing.js';
import { newFolder } from './small-run.js';

const folder = newFolder();
const config = configSchema.parse({ version: 1 });
const signals = readSignalFiles();
let store: Store;
beforeAll(async () => {
  store = await openStore(join(folder, 'data'), signals, config.operate);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

test('acknowledgements that fall due with decisions that are passed over are taken with the next, also after a restart', async () => {
  const landing = await openLanding(dataDir());
  const frames: LandedFrame[] = [];
  const at = (id: string, type: EventType, minutes: number, data: object) =>
    eventLine(id, type, { ...data }, { time: before(minutes * MINUTE_US) });
  const acknowledged = { directive_id: 'known', target: 'all', status: 'applied' } as const;
  for (const [offset, line] of [
    at('first', 'call.ringing', 30, { call_id: 'a' }),
    at('acknowledged', 'directive.acknowledged', 20, acknowledged),
    at('passed', 'call.ringing', 15, { call_id: 'b' }),
    at('next', 'call.ringing', 10, { call_id: 'c' }),
  ].entries())
    frames.push(...(await landAll(landing, chunkOf([line], { first_offset: offset + 1 }))));
  await landing.close();

  const restored = async () => {
    const applier = new Applier(store, config, 'test', signals, detectors);
    await applier.restore();
    return applier;
  };
  const taken = async () =>
    (
      await store.query(
        "select subject, epoch_us(happened_at)::bigint from journal where kind = 'directive_acknowledged'",
      )
    ).rows;
  let applier = await restored();
  await applier.apply(frames[0]!);
  // A directive that was issued before.
  const planted = JSON.stringify({ policy: { settled: [{ directive_id: 'known', status: null }] } });
  await store.define(`update pipeline_state set state = json_merge_patch(state, '${planted}')::varchar`);
  applier = await restored();
  await applier.apply(frames[1]!);
  const passed_over = {
    noted_at: '',
    frame: 2,
    frame_mark: '',
    passed_over: 'decisions',
    events: 1,
    what: '',
  } as const;
  await applier.apply(frames[2]!, undefined, { left_out: null, passed_over });
  expect(await taken()).toEqual([]);
  applier = await restored();
  await applier.apply(frames[3]!);
  expect(await taken()).toEqual([['known', NOW_US - 20 * MINUTE_US]]);

  // A frame that is set aside has no rows any more; later frames name what it added to the dictionaries.
  const next = frames[3] as Extract<LandedFrame, { kind: 'events' }>;
  const dictionary_additions = new Map([['campaign', { first_id: 0, values: ['lost'] }]]);
  await applier.apply({ ...next, ordinal: 4, batch: { ...next.batch, rows: 0, dictionary_additions } });
  expect((await store.query("select id from dictionary_values where value = 'lost'")).rows).toEqual([[0]]);
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
