import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RejectedLine } from '../../../contracts/rejected-report.js';
import { fingerprintOf } from '../../../pipelines/decode/hash.js';
import { settled } from '../../../pipelines/derived-store.js';
import { archivedHeads, twinFile } from '../../../pipelines/land/archive-files.js';
import { isWholeSegment, mendTwins } from '../../../pipelines/land/archive-twins.js';
import { finishArchiving } from '../../../pipelines/land/finish-archiving.js';
import { headMark } from '../../../pipelines/land/frame-mark.js';
import { FramesPassedOver } from '../../../pipelines/land/frames-passed-over.js';
import { draftAnew, replaceArchived, wordsOf } from '../../../pipelines/land/rewrite-archived.js';
import { readEvents, SegmentEvents } from '../../../pipelines/land/segment-events.js';
import { segmentFiles } from '../../../pipelines/land/segment-files.js';
import {
  keepingSummary,
  readSummary,
  Summing,
  summaryFolder,
  writeSummary,
} from '../../../pipelines/land/segment-summary.js';
import { findFrames, framesBetween } from '../../../pipelines/land/stored-frames.js';
import { verifyLog } from '../../../pipelines/land/verify-log.js';
import { Landing } from '../../../pipelines/land.js';
import { KeyRing } from '../../../pipelines/privacy/key-ring.js';
import { listRejected, rejectedBytes } from '../../../pipelines/rejected-lines.js';
import { archiveAll } from './archived-log.js';
import {
  allFrames,
  chunkOf,
  dataDir,
  INPUT,
  type LandConfig,
  landAll,
  landConfig,
  NOW_US,
  openLanding,
} from './opened-landing.js';
import { openEndedLog, sampleLine, sampleLog } from './sample-log.js';

const FRAMES = 10;

/** What a log hands on to the one who opens it. */
async function handedOn(data_dir: string, changes: Partial<LandConfig> = {}) {
  const landing = await openLanding(data_dir, changes);
  const { conservation, inputs, reached, first_event_us, watermark_us } = landing;
  const words = [...landing.log.words];
  const position = landing.position(INPUT, 'calls.ndjson');
  await landing.close();
  return { conservation, inputs, reached, first_event_us, watermark_us, words, position };
}

/** What is counted when all lines of a log come once more; the log is left as it is. */
async function cameAgain(data_dir: string) {
  const copy = dataDir();
  cpSync(data_dir, copy, { recursive: true });
  await handedOn(copy);
  const landing = await openLanding(copy);
  const lines = Array.from({ length: FRAMES * 10 }, (_, index) => sampleLine(index));
  await landAll(landing, chunkOf(lines, { first_offset: 10_001 }));
  await landing.close();
  return landing.conservation;
}

/** A log of three closed files, the first of which is archived. */
async function closedLog(changes: Partial<LandConfig> = {}): Promise<string> {
  const data_dir = dataDir();
  for (let file = 0; file < 3; file++) {
    const landing = await openLanding(data_dir, changes);
    for (let frame = 0; frame < FRAMES; frame++)
      if (Math.floor(frame / 4) === file) {
        const lines = Array.from({ length: 10 }, (_, line) => sampleLine(frame * 10 + line));
        await landAll(landing, chunkOf(lines, { first_offset: frame * 10 + 1 }));
        await landing.control({ kind: 'baseline_refresh', as_of_us: NOW_US + frame });
      }
    await landing.close();
  }
  await archiveAll(data_dir, 1);
  return data_dir;
}

/** Flips a bit as a disk does: the file is the same one, changed at the same time. */
function decay(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 0x10;
  writeFileSync(file, bytes);
  stamp(file);
}

/** Times in whole seconds, so that they can be given back. */
function stamp(...files: string[]): void {
  for (const file of files) utimesSync(file, 1_700_000_000, 1_700_000_000);
}

describe('a log that is opened by the summaries of its closed files', () => {
  test('hands on what it hands on when all heads are read, archived ones too', async () => {
    const data_dir = await closedLog();
    const expected = await handedOn(data_dir);
    expect(await cameAgain(data_dir)).toMatchObject({ landed: expected.conservation.landed, duplicate: 91 });
    const [heads, second] = segmentFiles(data_dir);
    const kept = () =>
      [heads!, second!].map((file) => {
        const { summary, events } = readSummary(data_dir, file)!;
        return { summary, words: [...readEvents(data_dir, { file, summary, events })!] };
      });
    // One was made anew, since its segment was archived without it; the other when it was closed.
    const made = kept();
    for (const { summary, words } of made) expect(words).toHaveLength(summary.rows * 4);
    expect(await handedOn(data_dir)).toEqual(expected);
    rmSync(summaryFolder(data_dir), { recursive: true });
    expect(await handedOn(data_dir)).toEqual(expected);
    expect(kept()).toEqual(made);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
  });

  test('says who events are as long as they may come again, and no longer', async () => {
    const changes = { duplicate_entries_max: 1_024, duplicate_horizon: '1s' };
    const data_dir = await closedLog(changes);
    await handedOn(data_dir, changes);
    const names = readdirSync(summaryFolder(data_dir)).sort();
    expect(names.filter((name) => name.endsWith('.summary'))).toHaveLength(3);
    expect(names).not.toContain('00000000.events');
    expect(names).toContain('00000002.events');
  });

  test('reads none of their frames', async () => {
    const data_dir = await closedLog();
    const closed = segmentFiles(data_dir).slice(0, 2);
    const [heads] = archivedHeads(data_dir);
    stamp(...closed, twinFile(heads!));
    const expected = await handedOn(data_dir);
    const frames = await allFrames(data_dir);
    for (const file of closed) decay(file, 64 + 70);
    expect(await handedOn(data_dir)).toEqual(expected);
    // Whoever reads them finds it; heads that are read are mended first.
    expect(verifyLog(data_dir).damages.map(({ file, byte }) => [file, byte])).toEqual([
      [`archive/${basename(heads!)}`, 64],
      ['log/00000001.arrow', 64],
    ]);
    mendTwins(data_dir);
    expect(isWholeSegment(heads!)).toBe(false);
    mendTwins(data_dir, 0);
    expect(isWholeSegment(heads!)).toBe(true);
    decay(closed[1]!, 64 + 70);
    expect(await allFrames(data_dir)).toEqual(frames);
  });

  test('tell that nothing was kept out of a file: heads are read of those where something was', async () => {
    const data_dir = dataDir();
    for (const file of [0, 1, 2, 3, 4]) {
      const landing = await openLanding(data_dir);
      await landAll(landing, chunkOf([sampleLine(file), ...(file === 3 ? ['{'] : [])], { first_offset: 2 * file + 1 }));
      await landing.close();
    }
    await archiveAll(data_dir, 1);
    const closed = segmentFiles(data_dir).slice(0, 3);
    stamp(...closed, twinFile(archivedHeads(data_dir)[0]!));
    await handedOn(data_dir);
    const listed = listRejected(data_dir, () => true, 10);
    expect(listed).toMatchObject({ rejected: 1, by_reason: { json_syntax: 1 } });
    const held = [...findFrames(data_dir)].find(({ file }) => file === closed[1])!;
    for (const file of closed) decay(file, 64 + 70);
    expect(listRejected(data_dir, () => true, 10)).toEqual(listed);
    const [{ id }] = listed.lines as [RejectedLine];
    expect([...rejectedBytes(data_dir, new KeyRing(data_dir, 'test'), [id]).keys()]).toEqual([id]);
    // A file is read too of which a note tells.
    decay(closed[1]!, 64 + 70);
    const { ordinal: frame } = held.metadata;
    const note = { frame, frame_mark: headMark(held), passed_over: 'frame', events: 1, what: 'planted' } as const;
    FramesPassedOver.of(data_dir).add({ ...note, noted_at: '2025-10-07T20:00:00Z' });
    expect(listRejected(data_dir, () => true, 10).by_reason).toEqual({ json_syntax: 1, apply_failed: 1 });
  });
});

/** As the owner of a log opens it; gives what is told of damage. */
async function openedByOwner(data_dir: string): Promise<string[]> {
  const told: string[] = [];
  const options = { data_dir, clock: { nowUs: () => NOW_US }, write: (line: string) => void told.push(line) };
  await settled(options, () => finishArchiving(data_dir));
  const landing = await settled(options, () => openLanding(data_dir));
  await landing.close();
  return told;
}

describe('heads of the archive that have decayed under a summary', () => {
  test.each([
    [
      'who its events are has to be read',
      async (data_dir: string) => rmSync(join(summaryFolder(data_dir), '00000000.events')),
    ],
    [
      'a crash has left a file in archive and log',
      async (data_dir: string) => {
        const second = segmentFiles(data_dir)[1]!;
        const bytes = readFileSync(second);
        await archiveAll(data_dir, 1);
        writeFileSync(second, bytes);
      },
    ],
  ])('are mended by their second copy before anybody goes on to read them: %s', async (_, happens) => {
    const data_dir = await closedLog();
    const heads = archivedHeads(data_dir)[0]!;
    stamp(heads, twinFile(heads));
    const expected = await handedOn(data_dir);
    decay(heads, 64 + 70);
    await happens(data_dir);
    expect((await openedByOwner(data_dir)).filter((line) => line.includes('cannot be read'))).toEqual([]);
    expect(isWholeSegment(heads)).toBe(true);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
    expect(await handedOn(data_dir)).toEqual(expected);
  });
});

describe('a summary', () => {
  test('of a file that is closed while somebody reads every byte of it is none of what was read', async () => {
    const data_dir = dataDir();
    await openEndedLog(data_dir, 3);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, frames: 3 });
    const [file] = segmentFiles(data_dir);
    rmSync(summaryFolder(data_dir), { recursive: true });
    const summing = new Summing();
    for (const { rows, metadata } of [...findFrames(data_dir)].slice(0, 2)) summing.take(rows, metadata);
    writeSummary(data_dir, { file: file!, summary: summing.summary!, events: null });
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
  });

  test('says nothing of a file that has taken the place of its own', async () => {
    const data_dir = await closedLog();
    const other = dataDir();
    for (let file = 0; file < 3; file++) await sampleLog(other, 3 + file);
    await handedOn(data_dir);
    const [, second] = segmentFiles(data_dir);
    expect(readSummary(data_dir, second!)).not.toBeNull();
    const expected = await handedOn(other);
    // The summaries of another log.
    rmSync(summaryFolder(other), { recursive: true });
    cpSync(summaryFolder(data_dir), summaryFolder(other), { recursive: true });
    for (const file of segmentFiles(other)) expect(readSummary(other, file)).toBeNull();
    expect(verifyLog(other).is_whole).toBe(true);
    expect(await handedOn(other)).toEqual(expected);
    // The same bytes in another file.
    copyFileSync(second!, `${second}.copy`);
    rmSync(second!);
    copyFileSync(`${second}.copy`, second!);
    expect(readSummary(data_dir, second!)).toBeNull();
  });

  test('goes with its segment into the archive, and is made anew when a crash comes between', async () => {
    const data_dir = await closedLog();
    await handedOn(data_dir);
    const [, live] = segmentFiles(data_dir);
    const kept = readSummary(data_dir, live!)!;
    await archiveAll(data_dir, 1);
    const heads = archivedHeads(data_dir)[1]!;
    expect(readSummary(data_dir, heads)).toBeNull();
    await handedOn(data_dir);
    expect(readSummary(data_dir, heads)).toEqual({ ...kept, file: heads });
    keepingSummary(data_dir, heads, () => {
      copyFileSync(heads, `${heads}.copy`);
      rmSync(heads);
      cpSync(`${heads}.copy`, heads);
      rmSync(`${heads}.copy`);
      return heads;
    });
    expect(readSummary(data_dir, heads)).toEqual({ ...kept, file: heads });
    // Where it cannot be written, what replaces the file goes on.
    mkdirSync(join(summaryFolder(data_dir), '00000001.summary.new'));
    replaceArchived(data_dir, await draftAnew(data_dir, heads, wordsOf(data_dir), () => undefined));
    const anew = archivedHeads(data_dir)[1]!;
    expect(existsSync(heads)).toBe(false);
    expect(readSummary(data_dir, anew)).toBeNull();
  });

  test('that cannot be written ends neither a start nor the closing of a file: it is told once, and tried with the next file', async () => {
    const data_dir = await closedLog();
    const expected = await handedOn(data_dir);
    const folder = summaryFolder(data_dir);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file in its place');
    const told: string[] = [];
    const warn = (line: string) => void told.push(line);
    const clock = { nowUs: () => NOW_US };
    const landing = await Landing.open({ data_dir, config: landConfig(), clock, key_seed: 'test', warn });
    const closed = async () => {
      await landing.control({ kind: 'baseline_refresh', as_of_us: NOW_US + FRAMES - 1 });
      landing.closeFile();
      return segmentFiles(data_dir).at(-1)!;
    };
    await closed();
    await closed();
    expect(told).toEqual([
      expect.stringMatching(`"${folder}" cannot be written: E.* nothing is lost, .* remove what stands`),
    ]);
    rmSync(folder);
    expect(readSummary(data_dir, await closed())).not.toBeNull();
    await landing.close();
    expect(told).toHaveLength(1);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
    expect(await handedOn(data_dir)).toEqual(expected);
    for (const file of segmentFiles(data_dir)) expect(readSummary(data_dir, file)).not.toBeNull();
  });

  test('is not used of a file of which frames are set aside, and what is kept of files that are gone goes', async () => {
    const data_dir = await closedLog();
    await handedOn(data_dir);
    const [, second] = segmentFiles(data_dir);
    const frame = [...findFrames(data_dir)].find(({ file, rows }) => file === second && rows > 0)!;
    decay(second!, frame.payload_at + 5);
    writeFileSync(join(summaryFolder(data_dir), '00000099.summary'), 'of a file that is gone');
    writeFileSync(join(summaryFolder(data_dir), '00000001.events.new'), 'cut short');
    const told: string[] = [];
    const options = { data_dir, clock: { nowUs: () => NOW_US }, write: (line: string) => void told.push(line) };
    const landing = await settled(options, () => openLanding(data_dir));
    await landing.close();
    expect(told).toHaveLength(1);
    expect(existsSync(join(summaryFolder(data_dir), '00000001.summary'))).toBe(false);
    expect(
      readdirSync(summaryFolder(data_dir)).filter((name) => !/^0000000[0-2]\.(summary|events)$/.test(name)),
    ).toEqual([]);
    expect(verifyLog(data_dir).is_whole).toBe(true);
  });

  test('of other frames tells which of them hold a span of events', async () => {
    const data_dir = await closedLog();
    await handedOn(data_dir);
    const spans = (from: number, to: number) => framesBetween(data_dir, from, to);
    const all = spans(0, 1_000);
    rmSync(summaryFolder(data_dir), { recursive: true });
    expect(spans(0, 1_000)).toEqual(all);
    const one = all[5]!;
    await handedOn(data_dir);
    expect(spans(one.first_seq, one.first_seq)).toEqual([one]);
  });
});

test('who an event is has not changed: files of events hold it, and whoever changes it changes their format', () => {
  const fingerprint = new Uint32Array(3);
  fingerprintOf(Buffer.from('fleet'), Buffer.from('é-17'), 0, 5, fingerprint);
  expect([...fingerprint]).toEqual([3_712_337_514, 897_146_620, 850_744_898]);
});

test('events are kept in 16 bytes each, and grow without a bound of their own', () => {
  const [events, more] = [new SegmentEvents(), new SegmentEvents()];
  for (let index = 0; index < 3_000; index++) more.add(Uint32Array.of(index, index + 1, index + 2), index + 3);
  events.add(Uint32Array.of(7, 8, 9), 10);
  events.addAll(more);
  expect(events.count).toBe(3_001);
  expect([...events.words.subarray(0, 8)]).toEqual([7, 8, 9, 10, 0, 1, 2, 3]);
  expect([...events.words.subarray(-4)]).toEqual([2_999, 3_000, 3_001, 3_002]);
});
