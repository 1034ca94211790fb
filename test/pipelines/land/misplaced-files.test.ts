import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { damagedFolder, settingAside } from '../../../pipelines/land/damage.js';
import { logEndFile } from '../../../pipelines/land/log-end.js';
import { segmentFile, segmentFiles } from '../../../pipelines/land/segment-files.js';
import { verifyLog } from '../../../pipelines/land/verify-log.js';
import { Landing } from '../../../pipelines/land.js';
import { allFrames, chunkOf, dataDir, landAll, landConfig, NOW_US, openLanding } from './opened-landing.js';
import { sampleLine, sampleLog } from './sample-log.js';

test('a file of the log under the name of another is told, never set aside, and read when it has its own name again', async () => {
  const data_dir = dataDir();
  const frames = await sampleLog(data_dir, 12, { segment_bytes_max: 30_000 });
  const [first, second] = segmentFiles(data_dir).slice(1) as [string, string];
  const refused = async (file: string) => {
    const owner = settingAside(
      data_dir,
      () => NOW_US,
      () => undefined,
      () => allFrames(data_dir),
    );
    await expect(owner).rejects.toMatchObject({
      code: 'LOG_FRAME_DAMAGED',
      message: `"${file}" is not the file that its name says`,
    });
    expect(existsSync(damagedFolder(data_dir))).toBe(false);
    expect(
      verifyLog(data_dir)
        .damages.map(({ what }) => what)
        .join(),
    ).toMatch(/was written as segment \d+/);
  };
  const swap = () => {
    renameSync(first, `${first}.swapped`);
    renameSync(second, first);
    renameSync(`${first}.swapped`, second);
  };
  swap();
  await refused(first);
  swap();
  const copy = segmentFile(data_dir, segmentFiles(data_dir).length + 5);
  copyFileSync(first, copy);
  await refused(copy);
  rmSync(copy);
  expect(await allFrames(data_dir)).toEqual(frames);
});

test('a log without frames whose note of its end is damaged begins anew', async () => {
  const data_dir = dataDir();
  await (await openLanding(data_dir)).close();
  writeFileSync(logEndFile(data_dir), '');
  const landing = await openLanding(data_dir);
  expect(await landAll(landing, chunkOf([sampleLine(0)]))).toMatchObject([{ ordinal: 0 }]);
  await landing.close();
  expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, frames: 1 });
});

test('a file of the log ends at its age after the clock was set back, too', async () => {
  const data_dir = dataDir();
  let now_us = NOW_US;
  const config = landConfig({ segment_age_max: '1h' });
  const landing = await Landing.open({ data_dir, config, clock: { nowUs: () => now_us }, key_seed: 'test' });
  await landAll(landing, chunkOf([sampleLine(0)]));
  now_us -= 86_400_000_000;
  landing.age();
  expect(landing.log.open_segment).toBe(0);
  now_us += 3_600_000_000;
  landing.age();
  expect(landing.log.open_segment).toBeNull();
  await landing.close();
});

test('a file of the log that cannot be ended is an error of the disk, and nothing is appended after it', async () => {
  const data_dir = dataDir();
  const clock = { nowUs: () => NOW_US };
  const disk = {
    write: (_: number, chunks: readonly Uint8Array[]) => chunks.reduce((total, { length }) => total + length, 0),
    sync: async () => undefined,
    syncAtOnce: () => {
      throw new Error('ENOSPC: no space left on device');
    },
  };
  const landing = await Landing.open({ data_dir, config: landConfig(), clock, key_seed: 'test', disk });
  await landAll(landing, chunkOf([sampleLine(0)]));
  expect(() => landing.closeFile()).toThrow(/could not be written/);
  await expect(landAll(landing, chunkOf([sampleLine(1)], { first_offset: 2 }))).rejects.toMatchObject({
    code: 'LOG_WRITE_FAILED',
  });
  expect(readdirSync(join(data_dir, 'log')).filter((name) => name.endsWith('.arrow'))).toHaveLength(1);
  await landing.close();
});
