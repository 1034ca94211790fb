import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settled } from '../../../pipelines/derived-store.js';
import { archiveDue } from '../../../pipelines/land/archive-due.js';
import { archivedHeads, parquetFiles, sumsFile } from '../../../pipelines/land/archive-files.js';
import { draftArchive, framesIn } from '../../../pipelines/land/archive-segment.js';
import { ArchivedRows } from '../../../pipelines/land/archived-rows.js';
import { Blanking } from '../../../pipelines/land/blank-contact.js';
import { SetAsideFrames } from '../../../pipelines/land/damage.js';
import { finishArchiving } from '../../../pipelines/land/finish-archiving.js';
import { finishInArchive } from '../../../pipelines/land/forget-in-log.js';
import { wordsOf } from '../../../pipelines/land/rewrite-archived.js';
import { liveSegmentFiles } from '../../../pipelines/land/segment-files.js';
import { foundIn, isHole } from '../../../pipelines/land/segment-frames.js';
import { readFrames } from '../../../pipelines/land.js';
import { KeyRing } from '../../../pipelines/privacy/key-ring.js';
import { Store } from '../../../pipelines/store.js';
import { archiveAll } from './archived-log.js';
import { dataDir } from './opened-landing.js';
import { sampleLog } from './sample-log.js';

const clock = { nowUs: () => 1_759_000_000_000_000 };

function damage(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 0x10;
  writeFileSync(file, bytes);
}

test.each([0, 1])('a segment that has lost its frame %i is not archived, and stays', async (nth) => {
  const data_dir = dataDir();
  for (let segment = 0; segment < 3; segment++) await sampleLog(data_dir, 4);
  const words = wordsOf(data_dir);
  await archiveAll(data_dir, 1);
  const [file] = liveSegmentFiles(data_dir);
  const frame = [...foundIn(file!)].filter((found) => !isHole(found))[nth]!;
  damage(file!, frame.at + 100);
  const due = archiveDue(data_dir, null)!;
  expect(due.file).toBe(file);
  const drafting = draftArchive(data_dir, due.file, words, new AbortController().signal);
  await expect(drafting).rejects.toMatchObject({ code: 'LOG_FRAME_DAMAGED' });
  expect(existsSync(file!)).toBe(true);
  expect(archivedHeads(data_dir)).toHaveLength(1);
});

test('frames of an archive that can be read alone are not given up for those around them that cannot', async () => {
  const original = dataDir();
  for (let segment = 0; segment < 2; segment++) await sampleLog(original, 10);
  await archiveAll(original);
  const words = wordsOf(original);
  const [file] = parquetFiles(archivedHeads(original)[0]!);
  const name = file!.slice(original.length);
  const size = readFileSync(file!).length;
  let tried = 0;
  for (const share of [0.3, 0.6]) {
    const data_dir = `${original}-${share}`;
    cpSync(original, data_dir, { recursive: true });
    damage(join(data_dir, name), Math.floor(size * share));
    const rows = new ArchivedRows(data_dir);
    for (const [column, values] of words) rows.learn({ [column]: { first_id: 0, values } });
    const unreadable: number[] = [];
    for (const frame of framesIn(archivedHeads(data_dir)[0]!))
      await rows.batches([frame], SetAsideFrames.of(data_dir)).catch(() => unreadable.push(frame.metadata.ordinal));
    await rows.close();
    const told: string[] = [];
    await settled({ data_dir, clock, write: (line) => void told.push(line) }, async () => {
      for await (const _ of readFrames(data_dir, { from_frame: 0 }));
    });
    const lost = SetAsideFrames.of(data_dir).records.flatMap(({ first_frame, next_frame }) =>
      Array.from({ length: next_frame - first_frame }, (_, at) => first_frame + at),
    );
    expect(lost.sort((left, right) => left - right)).toEqual(unreadable);
    tried += unreadable.length;
  }
  expect(tried).toBeGreaterThan(0);
}, 60_000);

test.each(['sums', 'parquet'])(
  'a file of the archive that cannot be read is no damage: %s',
  async (ending) => {
    const data_dir = dataDir();
    for (let segment = 0; segment < 2; segment++) await sampleLog(data_dir, 4);
    await archiveAll(data_dir);
    const [heads] = archivedHeads(data_dir);
    const file = ending === 'sums' ? sumsFile(heads!) : parquetFiles(heads!)[0]!;
    // A folder in place of the file: there, and not to be read by anybody.
    rmSync(file);
    mkdirSync(file);
    const told: string[] = [];
    const started = settled({ data_dir, clock, write: (line) => void told.push(line) }, async () => {
      await finishArchiving(data_dir);
      for await (const _ of readFrames(data_dir, { from_frame: 0 }));
    });
    await expect(started).rejects.toMatchObject({
      code: 'LOG_FILE_UNREADABLE',
      message: expect.stringContaining(file),
    });
    expect(told).toEqual([]);
    expect(SetAsideFrames.of(data_dir).records).toEqual([]);
  },
  60_000,
);

test('a person is found in a file of the archive whose statistics say that they are not there', async () => {
  const data_dir = dataDir();
  for (let segment = 0; segment < 2; segment++) await sampleLog(data_dir, 4);
  await archiveAll(data_dir);
  const [heads] = archivedHeads(data_dir);
  const [file] = parquetFiles(heads!);
  const opened = () => Store.open({ path: ':memory:', threads: 1, memory_mib_max: 64, temp_dir: '' });
  const before = await opened();
  const tokens = `select min(contact_token)::varchar, count(*)::integer from read_parquet('${file}')`;
  const [least] = (await before.query(tokens)).rows[0] as [string];
  await before.close();
  // Least and greatest value of a column stand in the footer: the least is made greater by one.
  const bytes = readFileSync(file!);
  const mark = Buffer.alloc(8);
  mark.writeBigUInt64LE(BigInt(least));
  const footer_at = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  expect(bytes.indexOf(mark, footer_at)).toBeGreaterThan(0);
  for (let at = bytes.indexOf(mark, footer_at); at >= 0; at = bytes.indexOf(mark, at))
    bytes.writeBigUInt64LE(BigInt(least) + 1n, at);
  writeFileSync(file!, bytes);
  // Another instance: this one may have kept the footer, of a file that was written twice within one tick of its clock.
  const store = await opened();
  const asked = await store.query(`${tokens} where contact_token = ${least}::ubigint`);
  expect(asked.rows[0]).toEqual([null, 0]);
  const token = Uint32Array.of(Number(BigInt(least) & 0xffff_ffffn), Number(BigInt(least) >> 32n));
  const contact = { callee: '+4930000000', token, stand_in: Uint32Array.of(1, 2) };
  const ring = new KeyRing(data_dir, 'test');
  const blanking = new Blanking(contact, ring);
  const half = { blanking, blanked_frame: null };
  const settle = <Result>(work: () => Promise<Result>) => settled({ data_dir, clock, write: () => undefined }, work);
  await finishInArchive(data_dir, ring, half, settle, clock.nowUs() / 1000);
  expect(blanking.calls.size).toBe(1);
  const [anew] = parquetFiles(archivedHeads(data_dir)[0]!);
  expect(anew).not.toBe(file);
  const { rows } = await store.query(
    `select count(*) filter (where contact_token = ${least}::ubigint)::integer,
      count(*) filter (where contact_token = ${(2n << 32n) | 1n}::ubigint)::integer from read_parquet('${anew}')`,
  );
  expect(rows[0]).toEqual([0, expect.any(Number)]);
  expect(rows[0]![1]).toBeGreaterThan(0);
  await store.close();
});

test('each store has a folder of its own for what does not fit into memory', async () => {
  const temp_dir = join(dataDir(), 'spill');
  const open = () => Store.open({ path: ':memory:', threads: 1, memory_mib_max: 64, temp_dir });
  const stores = [await open(), await open()];
  const folders = await Promise.all(
    stores.map(async (store) => (await store.query("select current_setting('temp_directory')")).rows[0]![0]),
  );
  expect(new Set(folders).size).toBe(2);
  for (const store of stores) await store.close();
});
