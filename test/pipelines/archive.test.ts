import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../contracts/clock.js';
import type { DigestReport } from '../../contracts/reports.js';
import type { Source } from '../../contracts/source.js';
import { detectors } from '../../detectors/index.js';
import { archivedHeads, parquetFiles } from '../../pipelines/land/archive-files.js';
import { liveSegmentFiles } from '../../pipelines/land/segment-files.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { type LandedFrame, readFrames } from '../../pipelines/land.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { vitalsOf } from '../../pipelines/vitals.js';
import { FedSource } from './called-persons.js';
import { archiveAll } from './land/archived-log.js';
import { fromFile, newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig, smallLines } from './small-run.js';

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

/** Another byte at a place of a file. */
function damage(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 0x10;
  writeFileSync(file, bytes);
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
  const lines = smallLines(folder, 7, LINES);
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

describe('a segment that is in archive and log', () => {
  test('goes from the log at the next start, once every row of it has been read in the archive', async () => {
    const data_dir = copyOf(archived, 'crashed');
    for (const file of liveSegmentFiles(clean).slice(0, 2)) cpSync(file, join(data_dir, 'log', basename(file)));
    mkdirSync(join(data_dir, 'archive', 'writing'));
    expect(liveSegmentFiles(data_dir)).toHaveLength(3);
    expect(verifyLog(data_dir)).toMatchObject({ events: verifyLog(clean).events, is_whole: true });
    expect(await digestIn(data_dir)).toEqual(digest);
    expect(liveSegmentFiles(data_dir).map((file) => basename(file))).not.toContain('00000001.arrow');
    expect(existsSync(join(data_dir, 'archive', 'writing'))).toBe(false);
  });

  test('goes from the archive when that is not what was written', async () => {
    const data_dir = copyOf(archived, 'half');
    const [segment] = liveSegmentFiles(clean).slice(1);
    cpSync(segment!, join(data_dir, 'log', basename(segment!)));
    damage(parquetFiles(archivedHeads(data_dir)[1]!)[0]!, 2_000);
    expect(await digestIn(data_dir)).toEqual(digest);
    expect(archivedHeads(data_dir)).toHaveLength(segments - 2);
    expect(verifyLog(data_dir)).toMatchObject({ events: verifyLog(clean).events, is_whole: true });
    const before = await framesOf(clean);
    expect((await framesOf(data_dir)).slice(0, before.length)).toEqual(before);
  });
});

describe('damage of the archive', () => {
  test.each([0.02, 0.3, 0.6, 0.97])('is found wherever it is in a Parquet file, and named (at %d)', (share) => {
    const data_dir = copyOf(archived, `flipped-${share}`);
    const file = parquetFiles(archivedHeads(data_dir)[1]!)[0]!;
    damage(file, Math.floor(statSync(file).size * share));
    const { is_whole, damages } = verifyLog(data_dir);
    expect(is_whole).toBe(false);
    expect(damages).toHaveLength(1);
    expect(damages[0]).toMatchObject({ file: file.slice(data_dir.length + 1), byte: 0, frame: expect.any(Number) });
    expect(damages[0]!.what).toMatch(
      /^the archived file is not what was written: up to \d+ events may be lost, of frames \d+ to \d+$/,
    );
  });

  test.each(['frames', 'sums'])('is found in what lies beside the rows (%s)', (ending) => {
    const data_dir = copyOf(archived, `flipped-${ending}`);
    const file = archivedHeads(data_dir)[2]!.replace(/frames$/, ending);
    damage(file, Math.floor(statSync(file).size / 2));
    const { damages } = verifyLog(data_dir);
    expect(damages.map((one) => one.file)).toContain(file.slice(data_dir.length + 1));
  });

  test('costs the frames that cannot be read: they are set aside, told and counted, and everything else goes on', async () => {
    const data_dir = copyOf(archived, 'lost');
    const heads = archivedHeads(data_dir)[1]!;
    const [file] = parquetFiles(heads);
    const { events } = verifyLog(data_dir);
    writeFileSync(file!, readFileSync(file!).fill(0, 100, 4_000));
    const told: string[] = [];
    const options = { config: smallConfig(land), config_text: SMALL_CONFIG_TEXT, data_dir, detectors };
    await rebuild({ ...options, clock: systemClock, write: (line) => told.push(line) });
    const lost = verifyLog(data_dir);
    expect(lost).toMatchObject({ is_whole: true });
    expect(lost.set_aside.events).toBeGreaterThan(0);
    expect(lost.events + lost.set_aside.events).toBe(events);
    expect(told.join('\n')).toMatch(/of the log, which held \d+ events, cannot be read: .*00000001\.0\.parquet/s);
    expect(told.join('\n')).toMatch(
      /its events are those with seq \d+ to \d+ .* put the file from a backup in its place/,
    );
    told.length = 0;
    const pipeline = await openSmall(data_dir, [], { land, write: (line) => told.push(line) });
    expect((await vitalsOf(pipeline, 0)).set_aside).toEqual({ ...lost.set_aside, unreadable: [] });
    const { rows } = await pipeline.query('select count(*)::integer from landed_events');
    expect(rows).toEqual([[lost.events]]);
    // A note that is damaged itself is told once and counted; what the others say is served.
    const note = join(data_dir, 'log', 'damaged', '99999999.json');
    writeFileSync(note, '{"format":1');
    for (let times = 0; times < 2; times++)
      expect((await vitalsOf(pipeline, 0)).set_aside).toEqual({ ...lost.set_aside, unreadable: [note] });
    expect(told.filter((line) => line.includes(`"${note}" is no note of what was set aside`))).toHaveLength(1);
    await pipeline.close();
  }, 60_000);
});

describe('a query', () => {
  test('sees what was landed, archived or not, through one view', async () => {
    const sql = `select count(*)::integer, count(distinct seq)::integer, max(seq)::integer,
      bool_and(day = arrived_at::date), sum(hash(landed_events)::hugeint)::varchar from landed_events`;
    const asked = await Promise.all(
      // A folder on the way to the archive may look like one of a partition.
      [clean, copyOf(archived, 'day=2020-01-01/seq=1/x=1')].map(async (data_dir) => {
        const pipeline = await openSmall(data_dir, [], { land });
        try {
          const days = await pipeline.query('select count(distinct day)::integer from archived_events');
          return { landed: pipeline.progress.events.landed, days: days.rows[0]![0], ...(await pipeline.query(sql)) };
        } finally {
          await pipeline.close();
        }
      }),
    );
    const [before, after] = asked;
    expect(before!.rows[0]!.slice(0, 3)).toEqual([before!.landed, before!.landed, before!.landed - 1]);
    expect(after!.rows).toEqual(before!.rows);
    expect([before!.days, after!.days]).toEqual([0, expect.any(Number)]);
    expect(after!.days).toBeGreaterThan(0);
  });
});

// Beside each other: they wait for what is done by itself.
describe.concurrent('a live run', () => {
  test('archives what is closed, old enough and applied, while events come; a query and a forgotten person come between', async ({
    expect,
  }) => {
    const data_dir = join(folder, 'live');
    const lines = readFileSync(join(folder, 'events.ndjson'), 'latin1').split('\n');
    const ended = new AbortController();
    const trickle: Source = {
      name: 'trickle',
      summary: 'fifty lines at a time, then nothing',
      config: z.unknown(),
      async *open(_, { signal }) {
        for (let at = 0; at < lines.length; at += 50) {
          yield {
            input: 'trickle',
            partition: 'p',
            first_offset: at + 1,
            bytes: Buffer.from(`${lines.slice(at, at + 50).join('\n')}\n`),
          };
          await sleep(5);
        }
        await once(signal, 'abort');
      },
    };
    const pipeline = await openSmall(data_dir, [{ source: trickle, config: {} }], {
      land: { ...land, batch_rows_max: 50, archive_after: '0s' },
      live: { now_us: Date.now() * 1000 },
      signal: ended.signal,
    });
    const run = pipeline.run();
    const sql = 'select count(*)::integer, count(distinct seq)::integer from landed_events';
    try {
      while (archivedHeads(data_dir).length < 3) {
        const [all, distinct] = (await pipeline.query(sql)).rows[0] as [number, number];
        expect(distinct).toBe(all);
        await sleep(50);
      }
      await pipeline.operations.forget('+15550000000');
      while (pipeline.progress.events.received < lines.length) await sleep(50);
    } finally {
      ended.abort();
      await run;
      await pipeline.close();
    }
    expect(existsSync(join(data_dir, 'archive', 'writing'))).toBe(false);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, events: pipeline.progress.events.landed });
    const { landed, rejected } = pipeline.progress.events;
    expect(landed + rejected).toBe(lines.length);
  }, 60_000);

  test('archives by itself, once that can be, what could not be archived at first', async ({ expect }) => {
    const data_dir = copyOf(clean, 'hindered');
    const source = new FedSource();
    const told: string[] = [];
    const pipeline = await openSmall(data_dir, [{ source, config: {} }], {
      land: { ...land, archive_after: '0s' },
      live: { now_us: Date.now() * 1000 },
      write: (line) => void told.push(line),
    });
    const failures = async () => (await vitalsOf(pipeline, 0)).archiving_failed_attempts;
    const obstacle = join(data_dir, 'archive', '00000000.0.sums');
    mkdirSync(join(obstacle, 'something'), { recursive: true });
    const run = pipeline.run();
    try {
      const again = /the oldest file of the log could not be archived, and is tried again after 2 s: .*\.sums/;
      await expect.poll(() => told.join('\n'), { timeout: 30_000 }).toMatch(again);
      expect(await failures()).toBeGreaterThan(1);
      expect(archivedHeads(data_dir)).toEqual([]);
      rmSync(obstacle, { recursive: true });
      await expect.poll(() => archivedHeads(data_dir).length, { timeout: 30_000 }).toBeGreaterThan(0);
      expect(await failures()).toBe(0);
    } finally {
      source.end();
      await run;
      await pipeline.close();
    }
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
    expect(await digestIn(data_dir)).toEqual(digest);
  }, 60_000);
});
