import { rmSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { BODY_FORMAT } from '../decode/bodies.js';
import { createDurably } from '../durable-files.js';
import { readRegular } from '../open-regular.js';
import { namesIn } from './archive-files.js';
import { hashOf } from './frame.js';
import { segmentFiles, segmentNumber } from './segment-files.js';
import {
  isSummaryDamaged,
  type KeptSummary,
  keptName,
  openedFolder,
  readSummary,
  summaryFolder,
} from './segment-summary.js';

/**
 * Who the events of a closed segment are, in `summaries/00000003.events`: of each, in order, the 96 bits of its source and
 * id and the 32 of what it said, by which duplicates are known. Which file it has to be is told by the summary. It goes
 * when none of its events can come again.
 */

/** Words of 32 bits, of each event. */
export const EVENT_WORDS = 4;
/** Changes with what the words are: of ids (`decode/hash.ts`), or of what was said. */
const EVENTS_FORMAT = `1.${BODY_FORMAT} ${endianness()}`;

/** Events of a segment or a frame, in order, as they become known: 16 bytes each. */
export class SegmentEvents {
  #words = new Uint32Array(1_024 * EVENT_WORDS);
  #length = 0;

  /** @param fingerprint of source and id @param body what the event said */
  add(fingerprint: Uint32Array, body: number): void {
    const at = this.#length;
    this.#grow(EVENT_WORDS);
    const words = this.#words;
    words[at] = fingerprint[0]!;
    words[at + 1] = fingerprint[1]!;
    words[at + 2] = fingerprint[2]!;
    words[at + 3] = body;
  }

  addAll({ words }: SegmentEvents): void {
    const at = this.#length;
    this.#grow(words.length);
    this.#words.set(words, at);
  }

  /** What a frame says of these events behind its rows. @param other_rows those whose source is "other" */
  behind(other_rows: readonly number[]): { readonly head: { other_rows?: number }; readonly bytes: Uint8Array[] } {
    const words = this.#words;
    const others = new Uint32Array(other_rows.length * 3);
    for (const [at, row] of other_rows.entries())
      others.set(words.subarray(row * EVENT_WORDS, row * EVENT_WORDS + 3), at * 3);
    const bodies = new Uint32Array(this.count);
    for (let row = 0; row < bodies.length; row++) bodies[row] = words[row * EVENT_WORDS + 3]!;
    return {
      head: other_rows.length > 0 ? { other_rows: other_rows.length } : {},
      bytes: [new Uint8Array(others.buffer), new Uint8Array(bodies.buffer)],
    };
  }

  clear(): void {
    this.#length = 0;
  }

  get count(): number {
    return this.#length / EVENT_WORDS;
  }

  #grow(words: number): void {
    this.#length += words;
    let room = this.#words.length;
    while (room < this.#length) room *= 2;
    if (room === this.#words.length) return;
    const longer = new Uint32Array(room);
    longer.set(this.#words);
    this.#words = longer;
  }

  get words(): Uint32Array {
    return this.#words.subarray(0, this.#length);
  }
}

/** Gives what the summary says of the file. Durable when it returns. */
export function writeEvents(data_dir: string, segment_file: string, events: SegmentEvents): string {
  const { buffer, byteOffset, byteLength } = events.words;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  createDurably(openedFolder(data_dir), keptName(segment_file, 'events'), bytes);
  return sumOf(bytes);
}

/** Null when it is not said, or not what was written. */
export function readEvents(data_dir: string, kept: KeptSummary): Uint32Array | null {
  const bytes = bytesOf(data_dir, kept.file);
  return bytes === null ? null : wordsIn(bytes, kept);
}

/** Whether they are there, and are not what was written. */
export function areEventsDamaged(data_dir: string, kept: KeptSummary): boolean {
  const bytes = bytesOf(data_dir, kept.file);
  return bytes !== null && wordsIn(bytes, kept) === null;
}

/** Whether anything that is kept of a segment is not what was written. */
export function isKeptDamaged(data_dir: string, segment_file: string): boolean {
  if (isSummaryDamaged(data_dir, segment_file)) return true;
  const kept = readSummary(data_dir, segment_file);
  return kept !== null && areEventsDamaged(data_dir, kept);
}

function bytesOf(data_dir: string, segment_file: string): Buffer | null {
  try {
    return readRegular(join(summaryFolder(data_dir), keptName(segment_file, 'events')));
  } catch {
    // Whatever the reason is: the segment says the same.
    return null;
  }
}

function wordsIn(bytes: Buffer, { summary, events }: KeptSummary): Uint32Array | null {
  if (bytes.length !== summary.rows * EVENT_WORDS * 4 || sumOf(bytes) !== events) return null;
  return new Uint32Array(bytes.buffer, bytes.byteOffset, summary.rows * EVENT_WORDS);
}

export function removeEvents(data_dir: string, segment_file: string): void {
  rmSync(join(summaryFolder(data_dir), keptName(segment_file, 'events')), { force: true });
}

/** Removes what is kept of a segment: it is read by its heads then. */
export function removeKept(data_dir: string, segment_file: string): void {
  rmSync(join(summaryFolder(data_dir), keptName(segment_file, 'summary')), { force: true });
  removeEvents(data_dir, segment_file);
}

/** Removes what is kept of segments that are not there, and what was cut short while it was written. */
export function removeStrayKept(data_dir: string): void {
  const there = new Set(segmentFiles(data_dir).map(segmentNumber));
  for (const name of namesIn(summaryFolder(data_dir)))
    if (/^\d{8}\.(summary|events)(\.new)?$/.test(name) && (name.endsWith('.new') || !there.has(segmentNumber(name))))
      rmSync(join(summaryFolder(data_dir), name));
}

function sumOf(bytes: Uint8Array): string {
  return `${EVENTS_FORMAT} ${hashOf([bytes]).toString(16)}`;
}
