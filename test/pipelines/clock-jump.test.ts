import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { type LandedFrame, readFrames } from '../../pipelines/land.js';
import { FedSource } from './called-persons.js';
import { eventLine } from './land/opened-landing.js';
import { newFolder, openSmall } from './small-run.js';

const data_dir = newFolder();
afterAll(() => rmSync(data_dir, { recursive: true }));

test('a clock that is set back by an hour keeps nothing from the disk, and no quiet input from being told, for an hour', async () => {
  const live = { now_us: Date.now() * 1000 };
  const source = new FedSource();
  const land = { batch_age_max: '5s', idle_after: '10s' };
  const pipeline = await openSmall(data_dir, [{ source, config: {} }], { land, live });
  const run = pipeline.run();
  source.feed([eventLine('only')]);
  await expect.poll(() => pipeline.progress.events.received).toBe(1);
  expect(pipeline.landing.buffered_since_us).not.toBeNull();
  live.now_us -= 3_600_000_000;
  await expect.poll(() => pipeline.landing.buffered_since_us, { timeout: 5_000 }).toBeNull();
  const kinds = async () => {
    live.now_us += 1_000_000;
    const frames: LandedFrame[] = [];
    for await (const frame of readFrames(data_dir, { from_frame: 0 })) frames.push(frame);
    return frames.map((frame) => (frame.kind === 'events' ? 'events' : frame.entry.kind));
  };
  await expect.poll(kinds, { timeout: 5_000 }).toContain('input_idle');
  source.end();
  await run;
  await pipeline.close();
});
