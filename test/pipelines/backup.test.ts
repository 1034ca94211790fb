import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { DigestReport } from '../../contracts/reports.js';
import type { Source } from '../../contracts/source.js';
import { restoreBackup } from '../../pipelines/backup.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { newFolder, openSmall, smallLines } from './small-run.js';

const land = { batch_rows_max: 200, duplicate_entries_max: 8_192, segment_bytes_max: 60_000 };
const folder = newFolder();
const data_dir = join(folder, 'data');
const copy = join(folder, 'copy');
afterAll(() => rmSync(folder, { recursive: true }));

let lines: readonly string[] = [];
let at_backup = 0;

/** Lines that come ten at a time, so that something may be asked for in between. */
const trickle: Source = {
  name: 'trickle',
  summary: 'ten lines at a time',
  config: z.unknown(),
  async *open(_, { resume }) {
    for (let at = (resume('trickle', 'p') ?? 1) - 1; at < lines.length; at += 10) {
      const bytes = Buffer.from(`${lines.slice(at, at + 10).join('\n')}\n`);
      yield { input: 'trickle', partition: 'p', first_offset: at + 1, bytes };
      await sleep(2);
    }
  },
};

beforeAll(async () => {
  lines = smallLines(folder, 5, 1_400);
  const copies: Promise<unknown>[] = [];
  const pipeline = await openSmall(data_dir, [{ source: trickle, config: {} }], {
    land,
    onProgress: ({ events }) => {
      if (events.received >= 400 && copies.length === 0) copies.push(pipeline.operations.backup(copy));
    },
  });
  await pipeline.run();
  await copies[0];
  at_backup = verifyLog(copy).events;
  await pipeline.close();
}, 120_000);

describe('a backup', () => {
  test('made while events land is whole, and holds what had landed by then', () => {
    expect(verifyLog(copy)).toMatchObject({ is_whole: true, torn_bytes: 0 });
    expect(at_backup).toBeGreaterThanOrEqual(400);
    expect(at_backup).toBeLessThan(1_400);
    expect(existsSync(join(copy, 'plumbline.duckdb'))).toBe(false);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
  });

  test('restores to a data directory from which the store is derived, and which goes on', async () => {
    const restored = join(folder, 'restored');
    expect(await restoreBackup(copy, restored)).toMatchObject({ events: at_backup });
    const pipeline = await openSmall(restored, [{ source: trickle, config: {} }], { land });
    expect(pipeline.progress.events.landed).toBe(at_backup);
    await pipeline.run();
    const whole = await openSmall(data_dir, [], { land });
    const derived = ({ relations }: DigestReport) =>
      relations.filter(({ relation }) => ['calls', 'turns', 'observations', 'attempts'].includes(relation));
    expect(pipeline.progress.events.landed).toBe(1_400);
    expect(derived(await pipeline.digest())).toEqual(derived(await whole.digest()));
    await pipeline.close();
    await whole.close();
  }, 120_000);

  test('is refused when a byte is not what was copied, when it was not finished, and over anything that is there', async () => {
    const pipeline = await openSmall(data_dir, [], { land });
    await expect(pipeline.operations.backup(join(data_dir, 'log', 'copy'))).rejects.toThrow(
      /lies in the data directory/,
    );
    symlinkSync(data_dir, join(folder, 'other_name'));
    for (const name of ['data', join('other_name', 'log', 'copy'), 'other_name'])
      await expect(pipeline.operations.backup(join(folder, name))).rejects.toThrow(/lies in the data directory/);
    await expect(pipeline.operations.backup(copy)).rejects.toThrow(/not empty/);
    writeFileSync(join(folder, 'file'), '');
    for (const path of [join(folder, 'file'), join(folder, 'file', 'below'), '/proc/none/below'])
      await expect(pipeline.operations.backup(path)).rejects.toMatchObject({
        code: 'COMMAND_ARGUMENT_INVALID',
        message: `cannot back up into "${path}"`,
      });
    await pipeline.close();
    await expect(restoreBackup(copy, join(folder, 'file', 'below'))).rejects.toThrow(/cannot restore into/);
    await expect(restoreBackup(copy, data_dir)).rejects.toMatchObject({ code: 'COMMAND_ARGUMENT_INVALID' });
    await expect(restoreBackup(copy, join(copy, 'new'))).rejects.toThrow(/lies in the backup/);
    await expect(restoreBackup(data_dir, join(folder, 'none'))).rejects.toThrow(/no backup that was finished/);
    const list = readFileSync(join(copy, 'backup.json'), 'utf8');
    for (const path of ['../outside', '/outside', 'log/../../outside']) {
      const moved = list.replace('"log/end"', JSON.stringify(path));
      expect(moved).not.toBe(list);
      writeFileSync(join(copy, 'backup.json'), moved);
      await expect(restoreBackup(copy, join(folder, 'left'))).rejects.toThrow(/no backup that was finished/);
    }
    writeFileSync(join(copy, 'backup.json'), list);
    const file = segmentFiles(copy)[0]!;
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    await expect(restoreBackup(copy, join(folder, 'flipped'))).rejects.toThrow(/is damaged/);
    await expect(openSmall(join(folder, 'flipped'), [], { land }), 'what is half restored').rejects.toMatchObject({
      code: 'DATA_DIRECTORY_INVALID',
      message: expect.stringContaining('holds a part of a backup'),
    });
    rmSync(file);
    await expect(restoreBackup(copy, join(folder, 'gone'))).rejects.toThrow(/is damaged/);
  });
});
