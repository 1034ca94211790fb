import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Landing } from '../../../pipelines/land.js';
import { KeyRing } from '../../../pipelines/privacy/key-ring.js';
import { rejectedKeyFolder, rejectedKeyOf } from '../../../pipelines/privacy/rejected-keys.js';
import { unseal } from '../../../pipelines/privacy/seal.js';
import { allFrames, chunkOf, dataDir, landAll, landConfig, NOW_US, rejectedOf } from '../land/opened-landing.js';

const DAY_US = 86_400_000_000;

test('a master key that cannot be written is told, with its file and the reason', () => {
  const ring = new KeyRing(dataDir(), undefined, '/proc/none/below/master.key');
  expect(() => ring.key('contact_token')).toThrow(
    expect.objectContaining({
      code: 'DATA_DIRECTORY_INVALID',
      message: 'the master key "/proc/none/below/master.key" cannot be written',
      detail: expect.stringContaining('ENOENT'),
    }),
  );
});

describe('rejected bytes', () => {
  test('can be read until their day has passed, and nowhere afterwards; their facts stay', async () => {
    const data_dir = dataDir();
    let now_us = NOW_US;
    const config = landConfig({ rejected_keep: '2d' });
    const landing = await Landing.open({ data_dir, config, clock: { nowUs: () => now_us } });
    await landAll(landing, chunkOf(['of today']));
    now_us += DAY_US;
    await landAll(landing, chunkOf(['of tomorrow'], { first_offset: 2 }));
    const readable = async () =>
      rejectedOf(await allFrames(data_dir)).map(({ sealed_until, sealed_bytes }) => {
        const key = rejectedKeyOf(new KeyRing(data_dir), sealed_until!);
        return key === null ? null : unseal(key, sealed_bytes).toString();
      });
    expect(await readable()).toEqual(['of today', 'of tomorrow']);
    // A process that runs on without a line drops them too.
    now_us = NOW_US + 3 * DAY_US;
    landing.age();
    expect(await readable()).toEqual([null, 'of tomorrow']);
    await landing.close();
    // So does one that starts later.
    now_us += DAY_US;
    await (await Landing.open({ data_dir, config, clock: { nowUs: () => now_us } })).close();
    expect(await readable()).toEqual([null, null]);
    expect(readdirSync(rejectedKeyFolder(data_dir))).toEqual([]);
    expect(rejectedOf(await allFrames(data_dir))).toMatchObject([
      { reason: 'json_syntax', offset: 1, bytes_length: 8, sealed_until: '2025-10-09' },
      { reason: 'json_syntax', offset: 2, bytes_length: 11, sealed_until: '2025-10-10' },
    ]);
  });
});
