import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DigestReport } from '../../contracts/reports.js';
import { restoreBackup } from '../../pipelines/backup.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { fromFile, newFolder, openSmall, smallEvents } from './small-run.js';

const land = { batch_rows_max: 200, duplicate_entries_max: 8_192, segment_bytes_max: 60_000 };
const folder = newFolder();
const data_dir = join(folder, 'data');
const copy = join(folder, 'copy');
afterAll(() => rmSync(folder, { recursive: true }));

let digest: DigestReport;
let at_backup = 0;

beforeAll(async () => {
  const lines = smallEvents(folder, 5).toString('latin1').split('\n');
  writeFileSync(join(folder, 'one.ndjson'), `${lines.slice(0, 800).join('\n')}\n`);
  for (let from = 800; from < 1_400; from += 100)
    writeFileSync(join(folder, `two-${from}.ndjson`), `${lines.slice(from, from + 100).join('\n')}\n`);
  const first = await openSmall(data_dir, [fromFile(join(folder, 'one.ndjson'))], { land });
  await first.run();
  digest = await first.digest();
  await first.close();
  // While more is landed: what is copied ends with a frame, whichever that is.
  const figures: Promise<unknown>[] = [];
  const second = await openSmall(data_dir, [fromFile(join(folder, 'two-*.ndjson'))], {
    land,
    onProgress: ({ events }) => {
      if (events.received > 1_000 && figures.length === 0) figures.push(second.operations.backup(copy));
    },
  });
  await second.run();
  await figures[0];
  at_backup = verifyLog(copy).events;
  await second.close();
}, 120_000);

describe('a backup', () => {
  test('made while events land is whole, and holds what had landed by then', () => {
    expect(verifyLog(copy)).toMatchObject({ is_whole: true, torn_bytes: 0 });
    expect(at_backup).toBeGreaterThan(1_000);
    expect(at_backup).toBeLessThan(1_400);
    expect(existsSync(join(copy, 'plumbline.duckdb'))).toBe(false);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
  });

  test('restores to a data directory from which the store is derived, and which goes on', async () => {
    const restored = join(folder, 'restored');
    expect(await restoreBackup(copy, restored)).toMatchObject({ events: at_backup });
    const pipeline = await openSmall(restored, [fromFile(join(folder, 'two-*.ndjson'))], { land });
    expect(pipeline.progress.events.landed).toBe(at_backup);
    await pipeline.run();
    const whole = await openSmall(data_dir, [], { land });
    const derived = ({ relations }: DigestReport) =>
      relations.filter(({ relation }) => ['calls', 'turns', 'observations', 'attempts'].includes(relation));
    expect(pipeline.progress.events.landed).toBe(1_400);
    expect(derived(await pipeline.digest())).toEqual(derived(await whole.digest()));
    expect(derived(await pipeline.digest())).not.toEqual(derived(digest));
    await pipeline.close();
    await whole.close();
  }, 120_000);

  test('is refused when a byte is not what was copied, when it was not finished, and over anything that is there', async () => {
    const pipeline = await openSmall(data_dir, [], { land });
    await expect(pipeline.operations.backup(join(data_dir, 'log', 'copy'))).rejects.toThrow(
      /lies in the data directory/,
    );
    await expect(pipeline.operations.backup(copy)).rejects.toThrow(/not empty/);
    await pipeline.close();
    await expect(restoreBackup(copy, data_dir)).rejects.toMatchObject({ code: 'COMMAND_ARGUMENT_INVALID' });
    await expect(restoreBackup(data_dir, join(folder, 'none'))).rejects.toThrow(/no backup that was finished/);
    const file = segmentFiles(copy)[0]!;
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    await expect(restoreBackup(copy, join(folder, 'flipped'))).rejects.toThrow(/is damaged/);
    rmSync(file);
    await expect(restoreBackup(copy, join(folder, 'gone'))).rejects.toThrow(/is damaged/);
  });
});
