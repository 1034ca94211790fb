import { closeSync, existsSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { LogDamage, LogDocument } from '../../contracts/log-report.js';
import { openRegular, readRegular } from '../open-regular.js';
import { archivedHeads, isArchived, parquetFiles, twinFile } from './archive-files.js';
import { damagedFile } from './archive-sums.js';
import { isWholeSegment } from './archive-twins.js';
import { SetAsideFrames } from './damage.js';
import { FRAME_ALIGNMENT, HEADER_LENGTH, padded } from './frame.js';
import { logEndFile, readLogEnd } from './log-end.js';
import { areEventsDamaged } from './segment-events.js';
import { logFolder, readBytes, segmentFiles, segmentNumber } from './segment-files.js';
import { hasOwnFooter, type SegmentBlocks } from './segment-footer.js';
import { type FoundFrame, foundIn, isHole, payloadOf, type SegmentEnd } from './segment-frames.js';
import {
  isSummaryDamaged,
  keptName,
  readSummary,
  type SegmentSummary,
  Summing,
  summaryFolder,
} from './segment-summary.js';
import { LeftOutCheck } from './verify-left-out.js';
import { PassedOverCheck } from './verify-passed-over.js';

const DAMAGES_MAX = 1_000;
/** A segment is read so often, at the most, when its files are replaced meanwhile. */
const READ_TIMES_MAX = 3;
/** Bytes of a frame's header that no sum covers, and that are zero. */
const HEADER_SPARE_AT = 48;

/**
 * Reads every byte of a log, its archive and its notes of events that are left out, and tells what is not as it was written.
 * Changes nothing; a log that is written to meanwhile may be looked at.
 */
export function verifyLog(data_dir: string): Omit<LogDocument, 'log'> {
  const scrub = new Scrub(data_dir);
  const files = segmentFiles(data_dir);
  for (const [index, file] of files.entries())
    scrub.segment(() => whereItIs(data_dir, file), index === files.length - 1);
  return scrub.finish();
}

/** A segment may be archived, or written anew without a person, while it or others are read. */
function whereItIs(data_dir: string, file: string): string {
  if (existsSync(file)) return file;
  return archivedHeads(data_dir).find((heads) => segmentNumber(heads) === segmentNumber(file)) ?? file;
}

/** Tells the files of a segment from those that have taken their place. */
function versionOf(file: string): string {
  const inode = (path: string) => statSync(path, { throwIfNoEntry: false })?.ino;
  return isArchived(file) ? `${file} ${inode(file)} ${inode(twinFile(file))}` : `${file} ${inode(file)}`;
}

/** Frames with rows, by ordinal. */
interface FrameSpan {
  readonly first_frame: number;
  readonly last_frame: number;
}

class Scrub {
  readonly #data_dir: string;
  readonly #set_aside: SetAsideFrames;
  /** Read before the segments: what is appended meanwhile is no damage. */
  readonly #noted: number | 'damaged' | null;
  readonly #left_out: LeftOutCheck;
  readonly #passed_over: PassedOverCheck;
  #seen = {
    damages: [] as readonly LogDamage[],
    damages_count: 0,
    next: 0,
    segments: 0,
    frames: 0,
    events: 0,
    bytes: 0,
    archived: { segments: 0, files: 0, bytes: 0 },
    torn_bytes: 0,
  };

  constructor(data_dir: string) {
    this.#data_dir = data_dir;
    this.#noted = readLogEnd(data_dir);
    this.#left_out = new LeftOutCheck(data_dir);
    this.#passed_over = new PassedOverCheck(data_dir);
    this.#set_aside = SetAsideFrames.of(data_dir);
  }

  /** What seems wrong with files that were replaced while they were read is forgotten, and they are read again. */
  segment(where: () => string, isLast: boolean): void {
    const before = this.#seen;
    for (let times = 1; ; times++) {
      const file = where();
      const version = versionOf(file);
      const isSettled = () => times === READ_TIMES_MAX || version === versionOf(where());
      this.#seen = { ...before, archived: { ...before.archived } };
      try {
        this.#segment(file, isLast);
        if (this.#seen.damages_count === before.damages_count || isSettled()) return;
      } catch (error) {
        if (isSettled()) throw error;
      }
    }
  }

  #segment(file: string, isLast: boolean): void {
    this.#seen.segments++;
    const blocks: SegmentBlocks = { dictionaries: [], batches: [] };
    const summing = new Summing();
    const damages_before = this.#seen.damages_count;
    const fd = openRegular(file);
    try {
      const found = foundIn(file);
      let hole_at: number | null = null;
      let rows = null as FrameSpan | null;
      let step = found.next();
      for (; step.done !== true; step = found.next()) {
        const one = step.value;
        if (isHole(one)) {
          hole_at = one.at;
          continue;
        }
        this.#frame(fd, one, hole_at);
        hole_at = null;
        summing.take(one.rows, one.metadata);
        if (one.rows > 0)
          rows = { first_frame: rows?.first_frame ?? one.metadata.ordinal, last_frame: one.metadata.ordinal };
        blocks.dictionaries.push(...one.metadata.dictionary_blocks);
        blocks.batches.push(...one.metadata.batch_blocks);
      }
      this.#seen.bytes += step.value.size;
      this.#end(step.value, blocks, isLast);
      // What is told of a head that is damaged need not be told twice.
      if (isArchived(file)) this.#archived(file, rows, this.#seen.damages_count === damages_before);
      // To a file that was not closed when it was read more may
      // have come since, and a summary of all of it.
      const isAll = step.value.is_closed && this.#seen.damages_count === damages_before;
      this.#summarised(file, isAll ? summing.summary : null);
    } finally {
      closeSync(fd);
    }
  }

  finish(): Omit<LogDocument, 'log'> {
    if (this.#noted === 'damaged')
      this.#damage(logEndFile(this.#data_dir), 0, null, 'it does not tell how far the log had come');
    else if (
      this.#noted !== null &&
      this.#noted >= this.#seen.next &&
      !this.#isSetAside(this.#seen.next, this.#noted + 1)
    )
      this.#damage(
        segmentFiles(this.#data_dir).at(-1) ?? logFolder(this.#data_dir),
        0,
        this.#seen.next,
        `frame ${this.#noted} had been written; the log ends before frame ${this.#seen.next}`,
      );
    const isSetAside = (frame: number) => this.#set_aside.has(frame);
    const { bad, ...left_out } = this.#left_out.finish(isSetAside);
    const { passed_over, bad: also_bad } = this.#passed_over.finish(isSetAside);
    for (const { file, what } of [...bad, ...also_bad]) this.#damage(file, 0, null, what);
    return {
      is_whole: this.#seen.damages_count === 0,
      segments: this.#seen.segments,
      frames: this.#seen.frames,
      events: this.#seen.events,
      bytes: this.#seen.bytes,
      torn_bytes: this.#seen.torn_bytes,
      archived: this.#seen.archived,
      set_aside: this.#set_aside.totals,
      left_out,
      passed_over,
      damages: [...this.#seen.damages],
      damages_count: this.#seen.damages_count,
    };
  }

  #frame(fd: number, frame: FoundFrame, hole_at: number | null): void {
    const { ordinal } = frame.metadata;
    if (ordinal !== this.#seen.next && !this.#isSetAside(this.#seen.next, ordinal))
      this.#damage(
        frame.file,
        hole_at ?? frame.at,
        this.#seen.next,
        hole_at === null
          ? `number ${ordinal} stands where ${this.#seen.next} is expected`
          : 'the head of the frame is not what was written',
      );
    this.#seen.next = ordinal + 1;
    this.#left_out.take(frame);
    this.#passed_over.take(frame);
    if (this.#set_aside.has(ordinal)) return;
    this.#seen.frames++;
    this.#seen.events += frame.rows;
    if (payloadOf(frame) === null)
      this.#damage(frame.file, frame.at, ordinal, 'the payload of the frame is not what was written');
    else if (!isFilledWithZeros(fd, frame))
      this.#damage(frame.file, frame.at, ordinal, 'the bytes between the parts of the frame are not what was written');
  }

  /** The second copy of the heads of an archived segment, and the files with its rows, every byte of them. */
  #archived(heads_file: string, span: FrameSpan | null, has_whole_heads: boolean): void {
    const files = parquetFiles(heads_file);
    const bytes = files.reduce((total, file) => total + statSync(file).size, 0);
    this.#seen.archived.segments++;
    this.#seen.archived.files += files.length;
    this.#seen.archived.bytes += bytes;
    this.#seen.bytes += bytes;
    const twin = twinFile(heads_file);
    const isTwin = isWholeSegment(twin) && (!has_whole_heads || areSame(twin, heads_file));
    if (!isTwin) this.#damage(twin, 0, null, 'the second copy of the heads is not what was written');
    const damaged = damagedFile(heads_file, files);
    if (damaged === null) return;
    // What had to be given up of a file is known; the file stays as it is.
    const isKnown = this.#set_aside.records.some(({ file }) => file === basename(damaged.path));
    if (isKnown) return;
    const { path, byte, rows, what } = damaged;
    const frames = span === null ? '' : `, of frames ${span.first_frame} to ${span.last_frame}`;
    const cost = rows === null ? 'the next start makes them anew' : `up to ${rows} events may be lost${frames}`;
    this.#damage(path, byte, span?.first_frame ?? null, `${what}: ${cost}`);
  }

  /** What is kept of a closed segment for the next start. @param summary what its heads say; null when they are damaged, or were not all there */
  #summarised(file: string, summary: SegmentSummary | null): void {
    const anew = 'it is made anew by the next start';
    const path = (ending: 'summary' | 'events') => join(summaryFolder(this.#data_dir), keptName(file, ending));
    if (isSummaryDamaged(this.#data_dir, file))
      this.#damage(path('summary'), 0, null, `the summary is not what was written: ${anew}`);
    const kept = readSummary(this.#data_dir, file);
    if (kept === null || this.#set_aside.touches(kept.summary)) return;
    if (summary !== null && !isDeepStrictEqual(kept.summary, summary))
      this.#damage(path('summary'), 0, null, `it does not say what the heads of its frames say: without it, ${anew}`);
    if (areEventsDamaged(this.#data_dir, kept))
      this.#damage(path('events'), 0, null, `who the events are is not what was written: ${anew}`);
  }

  #end(end: SegmentEnd, blocks: SegmentBlocks, isLast: boolean): void {
    const { file, size, frames_end, is_closed, has_trailer, head } = end;
    if (head === null) this.#damage(file, 0, null, 'the file does not begin as it was written');
    const written_as = head?.segment ?? segmentNumber(file);
    if (written_as !== segmentNumber(file))
      this.#damage(file, 0, null, `the file was written as segment ${written_as}, and has another name now`);
    if (hasOwnFooter(end, blocks)) return;
    // Of a file without a frame, the frames that follow tell whether any are missing.
    if (!isLast && frames_end <= FRAME_ALIGNMENT) return;
    if (is_closed) this.#damage(file, frames_end, null, 'the footer of the file is not what was written');
    else if (!isLast || has_trailer)
      this.#damage(file, frames_end, null, 'the footer of the file, or the frame before it, is not what was written');
    else this.#seen.torn_bytes = size - frames_end;
  }

  #isSetAside(from: number, to: number): boolean {
    return from < to && this.#set_aside.covers(from, to);
  }

  #damage(path: string, byte: number, frame: number | null, what: string): void {
    this.#seen.damages_count++;
    if (this.#seen.damages.length < DAMAGES_MAX)
      this.#seen.damages = [...this.#seen.damages, { file: relative(this.#data_dir, path), byte, frame, what }];
  }
}

function areSame(file: string, other: string): boolean {
  return readRegular(file).equals(readRegular(other));
}

/** Whether all bytes of a frame that hold nothing are zero. */
function isFilledWithZeros(fd: number, { at, end, payload_at, payload_length }: FoundFrame): boolean {
  const header = readBytes(fd, at, HEADER_LENGTH);
  const metadata_end = at + HEADER_LENGTH + header.readUInt32LE(16);
  const spare = [
    header.subarray(HEADER_SPARE_AT),
    readBytes(fd, metadata_end, payload_at - metadata_end),
    readBytes(fd, payload_at + payload_length, end - payload_at - payload_length),
  ];
  return padded(payload_length) === end - payload_at && spare.every((bytes) => bytes.every((byte) => byte === 0));
}
