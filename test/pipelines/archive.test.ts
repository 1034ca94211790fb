import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../contracts/clock.js';
import type { DigestReport } from '../../contracts/reports.js';
import { detectors } from '../../detectors/index.js';
import { archivedHeads, parquetFiles } from '../../pipelines/land/archive-files.js';
import { liveSegmentFiles } from '../../pipelines/land/segment-files.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { type LandedFrame, readFrames } from '../../pipelines/land.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { archiveAll } from './land/archived-log.js';
import { fromFile, newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig, smallEvents } from './small-run.js';

const LINES = 1_200;
const land = { batch_rows_max: 200, duplicate_entries_max: 8_192, segment_bytes_max: 60_000 };
const folder = newFolder();
const clean = join(folder, 'clean');
const archived = join(folder, 'archived');
let digest: DigestReport;
let segments = 0;
afterAll(() => rmSync(folder, { recursive: true }));

function copyOf(data_dir: string, name: string): string {
  cpSync(data_dir, join(folder, name), { recursive: true });
  return join(folder, name);
}

function rebuilt(data_dir: string): Promise<number> {
  const options = { config: smallConfig(land), config_text: SMALL_CONFIG_TEXT, data_dir, detectors };
  return rebuild({ ...options, clock: systemClock, write: () => undefined });
}

async function digestIn(data_dir: string): Promise<DigestReport> {
  const pipeline = await openSmall(data_dir, [], { land });
  try {
    return await pipeline.digest();
  } finally {
    await pipeline.close();
  }
}

/** Every frame, values of rows without one left out. */
async function framesOf(data_dir: string): Promise<unknown[]> {
  const frames: unknown[] = [];
  for await (const frame of readFrames(data_dir, { from_frame: 0 })) frames.push(plain(frame));
  return frames;
}

function plain(frame: LandedFrame): unknown {
  if (frame.kind === 'control') return frame;
  const { batch, ...rest } = frame;
  const columns = [...batch.columns].map(([name, { values, validity, bytes }]) => {
    const isThere = (row: number) => validity === undefined || ((validity[row >> 3]! >> (row & 7)) & 1) === 1;
    const valueAt = (row: number) =>
      bytes === undefined
        ? values[row]
        : Buffer.from(bytes.subarray(Number(values[row]), Number(values[row + 1]))).toString('latin1');
    return [name, Array.from({ length: batch.rows }, (_, row) => (isThere(row) ? valueAt(row) : null))];
  });
  return { ...rest, rows: batch.rows, first_seq: batch.first_seq, additions: [...batch.dictionary_additions], columns };
}

beforeAll(async () => {
  const lines = smallEvents(folder, 7).toString('latin1').split('\n').slice(0, LINES);
  writeFileSync(join(folder, 'events.ndjson'), [...lines, '{ broken'].join('\n'));
  const pipeline = await openSmall(clean, [fromFile(join(folder, 'events.ndjson'))], { land });
  await pipeline.run();
  digest = await pipeline.digest();
  await pipeline.close();
  segments = liveSegmentFiles(clean).length;
  copyOf(clean, 'archived');
  await archiveAll(archived);
}, 120_000);

describe('closed segments that are archived', () => {
  test('leave a log with one segment, every frame as it was landed', async () => {
    expect(segments).toBeGreaterThan(3);
    expect(archivedHeads(archived)).toHaveLength(segments - 1);
    expect(liveSegmentFiles(archived)).toHaveLength(1);
    expect(readdirSync(join(archived, 'archive')).filter((name) => /^day=\d{4}-\d\d-\d\d$/.test(name))).not.toEqual([]);
    expect(archivedHeads(archived).flatMap(parquetFiles).length).toBeGreaterThanOrEqual(segments - 2);
    expect(await framesOf(archived)).toEqual(await framesOf(clean));
  });

  test('give the same store as before when it is made anew', async () => {
    const data_dir = copyOf(archived, 'rebuilt');
    expect(await rebuilt(data_dir)).toBeGreaterThan(5);
    expect(await digestIn(data_dir)).toEqual(digest);
  }, 60_000);

  test('are whole, and counted as before', () => {
    const { frames, events, is_whole } = verifyLog(clean);
    expect(verifyLog(archived)).toMatchObject({ frames, events, is_whole, damages: [] });
  });
});
