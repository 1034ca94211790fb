import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { configSchema } from '../../contracts/config.js';
import type { EventType } from '../../contracts/event.js';
import { detectors } from '../../detectors/index.js';
import { Applier } from '../../pipelines/applier.js';
import { openStore } from '../../pipelines/open-store.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import { before, chunkOf, dataDir, eventLine, INPUT, landAll, MINUTE_US, openLanding } from './land/opened-landing.js';
import { newFolder } from './small-run.js';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));

test('a late event is taken with its frame, also where that brings event time no further; so is a first watermark without rows', async () => {
  const config = configSchema.parse({ version: 1 });
  const signals = readSignalFiles();
  const landing = await openLanding(dataDir());
  const at = (id: string, type: EventType, minutes: number, call_id = 'a') =>
    eventLine(id, type, { call_id }, { time: before(minutes * MINUTE_US) });
  const store = await openStore(join(folder, 'data'), signals, config.operate);
  const applier = new Applier(store, config, 'test', signals, detectors);
  await applier.restore();
  const apply = async (input: string, first_offset: number, ...lines: readonly string[]) => {
    for (const frame of await landAll(landing, chunkOf(lines, { input, first_offset }))) await applier.apply(frame);
  };
  try {
    // An input that has sent no event holds all back, until it sends what has landed.
    await apply('other', 1, 'no event');
    await apply(INPUT, 1, at('first', 'call.initiated', 300), at('end', 'call.ended', 299));
    expect(applier.watermark_us).toBeNull();
    await apply('other', 2, at('first', 'call.initiated', 300));
    expect(applier.watermark_us).toBe(landing.watermark_us);
    await applier.apply(await landing.control({ kind: 'input_ended', input: 'other' }));
    await apply(INPUT, 3, at('later', 'call.ringing', 10, 'b'));
    await apply(INPUT, 4, at('late', 'call.answered', 299.5));
    const { rows } = await store.query('select answered_at is not null from finished_calls');
    expect(rows).toEqual([[true]]);
  } finally {
    await store.close();
    await landing.close();
  }
});
