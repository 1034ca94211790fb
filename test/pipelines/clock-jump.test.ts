import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { ControlEntry } from '../../contracts/control-entry.js';
import { readFrames } from '../../pipelines/land.js';
import { FedSource } from './called-persons.js';
import { eventLine } from './land/opened-landing.js';
import { newFolder, openSmall } from './small-run.js';

const data_dir = newFolder();
afterAll(() => rmSync(data_dir, { recursive: true }));

const HOUR_US = 3_600_000_000;
const STEP_US = 500_000;

type Idle = Extract<ControlEntry, { kind: 'input_idle' }>;

/** The times that inputs were told quiet until, microseconds, in order. */
async function toldUntil(): Promise<number[]> {
  const told: Idle[] = [];
  for await (const frame of readFrames(data_dir, { from_frame: 0 }))
    if (frame.kind === 'control' && frame.entry.kind === 'input_idle') told.push(frame.entry);
  return told.map(({ until_us }) => until_us);
}

test('a clock that is set back keeps nothing from the disk or from being told; one that leaps ahead, or a busy loop, makes nobody late', async () => {
  const live = { now_us: Date.now() * 1000 };
  const source = new FedSource();
  const land = { batch_age_max: '5s', idle_after: '4s' };
  let ticks = 0;
  const onProgress = () => void ticks++;
  const pipeline = await openSmall(data_dir, [{ source, config: {} }], { land, live, onProgress });
  const run = pipeline.run();
  const wait = { timeout: 5_000 };
  source.feed([eventLine('first')]);
  await expect.poll(() => pipeline.progress.events.received).toBe(1);
  expect(pipeline.landing.buffered_since_us).not.toBeNull();
  live.now_us -= HOUR_US;
  await expect.poll(() => pipeline.landing.buffered_since_us, wait).toBeNull();
  const stepping = async () => {
    live.now_us += STEP_US;
    return (await toldUntil()).length;
  };
  await expect.poll(stepping, wait).toBe(1);

  live.now_us += HOUR_US;
  const ticked = ticks + 3;
  await expect.poll(() => ticks, wait).toBeGreaterThan(ticked);
  expect(await toldUntil()).toHaveLength(1);
  // It has something of the hour that was slept, and nothing told event time to be past it.
  const landed_us = live.now_us;
  const time = '2025-10-07T20:30:00Z';
  source.feed([eventLine('second', 'call.ringing', { call_id: 'c-2' }, { time })]);
  await expect.poll(() => pipeline.progress.events.received).toBe(2);
  expect(pipeline.landing.watermark_us).toBeLessThan(Date.parse(time) * 1000);

  // A loop that waits for the store makes no ticks, and the process is awake nevertheless.
  let until_us = Number.NaN;
  await pipeline.reading(async () => {
    for (let step = 0; step < 16; step++) {
      live.now_us += STEP_US;
      await sleep(50);
    }
    until_us = Date.parse(time) * 1000 + live.now_us - landed_us;
  });
  await expect.poll(async () => (await toldUntil()).at(-1), wait).toBe(until_us);
  source.end();
  await run;
  await pipeline.close();
});
