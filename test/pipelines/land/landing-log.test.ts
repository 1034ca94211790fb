import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlumblineError } from '../../../contracts/errors.js';
import { framesBetween } from '../../../pipelines/land/landing-log.js';
import { logFolder, segmentFiles } from '../../../pipelines/land/segment-files.js';
import type { FoundFrame } from '../../../pipelines/land/segment-frames.js';
import { findFrames } from '../../../pipelines/land/stored-frames.js';
import type { LandedFrame } from '../../../pipelines/land.js';
import { allFrames, chunkOf, dataDir, eventLine, landAll, openLanding } from './opened-landing.js';
import { copyOf, openEndedLog, overwrite, sampleLine, sampleLog } from './sample-log.js';

async function damageOf(data_dir: string): Promise<PlumblineError | null> {
  try {
    await allFrames(data_dir);
    return null;
  } catch (error) {
    return error as PlumblineError;
  }
}

function foundFrames(data_dir: string): FoundFrame[] {
  return [...findFrames(data_dir)];
}

async function landMore(data_dir: string, index: number): Promise<LandedFrame[]> {
  const landing = await openLanding(data_dir);
  const frames = await landAll(landing, chunkOf([sampleLine(index)], { first_offset: index + 1 }));
  await landing.close();
  return frames;
}

describe('the landing log', () => {
  test('gives back every frame as it was landed: columns, dictionaries, rejected lines, control entries', async () => {
    const data_dir = dataDir();
    const frames = await sampleLog(data_dir, 8);
    expect(frames).toHaveLength(9);
    expect(await allFrames(data_dir)).toEqual(frames);
    expect(await allFrames(data_dir, 5)).toEqual(frames.slice(5));
    expect(await allFrames(data_dir, 9)).toEqual([]);
  });

  test('gives back a frame that has only rejected or duplicate lines', async () => {
    const data_dir = dataDir();
    const landing = await openLanding(data_dir);
    const frames = [
      ...(await landAll(landing, chunkOf(['x', 'y']))),
      ...(await landAll(landing, chunkOf([eventLine('a')], { first_offset: 3 }))),
      ...(await landAll(landing, chunkOf([eventLine('a')], { first_offset: 4 }))),
    ];
    await landing.close();
    expect(frames.map((frame) => (frame.kind === 'events' ? frame.batch.rows : -1))).toEqual([0, 1, 0]);
    expect(await allFrames(data_dir)).toEqual(frames);
  });

  test('starts a new file when one is full, and a new file at every start; ids of dictionaries go on', async () => {
    const data_dir = dataDir();
    const frames = await sampleLog(data_dir, 12, { segment_bytes_max: 30_000 });
    expect(segmentFiles(data_dir).length).toBeGreaterThan(3);
    for (const file of segmentFiles(data_dir).slice(0, -1)) expect(statSync(file).size).toBeLessThan(30_000 + 20_000);
    const more = await landMore(data_dir, 121);
    expect(await allFrames(data_dir)).toEqual([...frames, ...more]);
    const last = more[0]!;
    const additions = last.kind === 'events' ? [...last.batch.dictionary_additions.keys()] : [];
    expect(additions).toEqual(['campaign']);
  });

  test('tells which frames hold a span of events', async () => {
    const data_dir = dataDir();
    await sampleLog(data_dir, 6);
    const all = framesBetween(data_dir, 0, 1_000);
    expect(all.map(({ frame }) => frame)).toEqual([0, 1, 2, 4, 5, 6]);
    const [, second] = all;
    expect(framesBetween(data_dir, second!.first_seq, second!.first_seq)).toEqual([second]);
    expect(framesBetween(data_dir, second!.first_seq - 1, second!.first_seq)).toEqual(all.slice(0, 2));
  });

  test('cuts a torn end off, tells it, keeps all before, and goes on', async () => {
    const original = dataDir();
    const frames = await openEndedLog(original, 5);
    const bytes = readFileSync(segmentFiles(original)[0]!);
    const ends = foundFrames(original).map(({ end }) => end);
    expect(ends.at(-1)).toBe(bytes.length);
    // What a crash leaves of the frame that was under way: its beginning, or all of its length with nothing in it yet.
    const torn = (at: number, kind: string) => {
      const end = ends.find((one) => one > at)!;
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(kind === 'cut' ? 0 : end - at)]);
    };
    const check = async (at: number, kind: string) => {
      const data_dir = dataDir();
      const left = torn(at, kind);
      overwrite(join(logFolder(data_dir), '00000000.arrow'), left);
      const kept = ends.filter((end) => left.subarray(0, end).equals(bytes.subarray(0, end))).length;
      const kept_bytes = kept === 0 ? Math.min(left.length, 64) : ends[kept - 1]!;
      const landing = await openLanding(data_dir);
      const cut_bytes = left.length - kept_bytes;
      expect(landing.torn).toEqual(cut_bytes === 0 ? null : { file: expect.any(String), kept_bytes, cut_bytes });
      const more = await landAll(landing, chunkOf([sampleLine(kept * 10)], { first_offset: kept * 10 + 1 }));
      await landing.close();
      expect(await allFrames(data_dir)).toEqual([...frames.slice(0, kept), ...more]);
    };
    const place = fc.integer({ min: 0, max: bytes.length - 1 });
    const edges = [0, 63, 64, 65, ends[0]! - 1, ends[0]!, ends[2]! + 1];
    await fc.assert(fc.asyncProperty(place, fc.constantFrom('cut', 'zeros'), check), {
      numRuns: 50,
      seed: 5,
      examples: edges.flatMap((at): [number, string][] => [
        [at, 'cut'],
        [at, 'zeros'],
      ]),
    });
  });

  test('finds a changed byte in the header, the metadata or the payload of any frame, and names file and byte', async () => {
    const original = dataDir();
    await sampleLog(original, 6, { segment_bytes_max: 30_000 });
    const found = foundFrames(original);
    expect(new Set(found.map(({ file }) => file)).size).toBeGreaterThan(1);
    const places = found.flatMap((frame) => {
      const metadata_length = readFileSync(frame.file).readUInt32LE(frame.at + 16);
      const parts = [
        [0, 48],
        [64, metadata_length],
        [frame.payload_at - frame.at, frame.payload_length],
      ] as const;
      return parts.flatMap(([from, length]) => (length === 0 ? [] : [{ frame, from, length }]));
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        async ({ frame, from, length }, place, bit) => {
          const data_dir = copyOf(original);
          const file = frame.file.replace(original, data_dir);
          const bytes = readFileSync(file);
          bytes[frame.at + from + (place % length)]! ^= 1 << bit;
          overwrite(file, bytes);
          const error = await damageOf(data_dir);
          expect(error?.code).toBe('LOG_FRAME_DAMAGED');
          expect(error?.message).toContain(`byte ${frame.at} of ${file}`);
        },
      ),
      { numRuns: 100, seed: 9 },
    );
  });

  test('never takes damage for a torn end: what stands after it was on disk', async () => {
    const original = dataDir();
    await openEndedLog(original, 4);
    const found = foundFrames(original);
    for (const { at } of found.slice(0, -1)) {
      const data_dir = copyOf(original);
      const file = segmentFiles(data_dir)[0]!;
      const bytes = readFileSync(file);
      bytes[at + 2]! ^= 1;
      overwrite(file, bytes);
      const before = readFileSync(file);
      await expect(openLanding(data_dir)).rejects.toMatchObject({ code: 'LOG_FRAME_DAMAGED' });
      expect(readFileSync(file).equals(before)).toBe(true);
    }
  });

  test('finds a file that is missing, shortened, or has lost its end', async () => {
    const original = dataDir();
    await sampleLog(original, 9, { segment_bytes_max: 30_000 });
    const count = segmentFiles(original).length;
    expect(count).toBeGreaterThan(2);
    const shortened = copyOf(original);
    truncateSync(segmentFiles(shortened)[1]!, 20_000);
    expect((await damageOf(shortened))?.message).toContain(segmentFiles(shortened)[1]!);
    const missing = copyOf(original);
    execFileSync('rm', [segmentFiles(missing)[1]!]);
    expect((await damageOf(missing))?.code).toBe('LOG_FRAME_DAMAGED');
    const first = copyOf(original);
    execFileSync('rm', [segmentFiles(first)[0]!]);
    expect((await damageOf(first))?.code).toBe('LOG_FRAME_DAMAGED');
  });

  test('gives the last file its end again when only that was torn', async () => {
    const data_dir = dataDir();
    const frames = await sampleLog(data_dir, 3);
    const file = segmentFiles(data_dir)[0]!;
    truncateSync(file, statSync(file).size - 5);
    const landing = await openLanding(data_dir);
    expect(landing.torn?.cut_bytes).toBeGreaterThan(0);
    await landing.close();
    expect(await allFrames(data_dir)).toEqual(frames);
  });

  test('leaves nothing behind of a start that wrote nothing', async () => {
    const data_dir = dataDir();
    for (let start = 0; start < 3; start++) await (await openLanding(data_dir)).close();
    expect(readdirSync(logFolder(data_dir))).toEqual([]);
  });

  test.skipIf(spawnSync('prlimit', ['--version']).status !== 0)(
    'appends nothing more after a write that failed, acknowledges nothing of it, and is whole when opened again',
    async () => {
      const data_dir = dataDir();
      const landing = await openLanding(data_dir);
      const acknowledged: number[] = [];
      const chunk = (index: number) =>
        chunkOf([sampleLine(index)], { first_offset: index + 1, acknowledge: () => acknowledged.push(index) });
      await landAll(landing, chunk(0));
      const limit = (bytes: string) => execFileSync('prlimit', [`--pid=${process.pid}`, `--fsize=${bytes}:`]);
      limit(String(statSync(segmentFiles(data_dir)[0]!).size + 100));
      try {
        await expect(landAll(landing, chunk(1))).rejects.toMatchObject({ code: 'LOG_WRITE_FAILED' });
      } finally {
        limit('unlimited');
      }
      await expect(landAll(landing, chunk(2))).rejects.toMatchObject({ code: 'LOG_WRITE_FAILED' });
      await landing.close();
      expect(acknowledged).toEqual([0]);
      const again = await openLanding(data_dir);
      expect(again.torn?.cut_bytes).toBeGreaterThan(0);
      expect(again.conservation.received).toBe(1);
      expect(again.position('file:calls.ndjson', 'calls.ndjson')).toBe(2);
      await again.close();
    },
  );
});
