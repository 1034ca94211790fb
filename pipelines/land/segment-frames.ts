import { closeSync, fstatSync } from 'node:fs';
import { PlumblineError } from '../../contracts/errors.js';
import { openRegular } from '../open-regular.js';
import {
  decodeHeader,
  decodeMetadata,
  FORMAT_VERSION,
  FRAME_ALIGNMENT,
  type FrameMetadata,
  HEADER_LENGTH,
  hashOf,
  MAGIC,
  padded,
} from './frame.js';
import { ReadAhead, readBytes } from './segment-files.js';
import { ARROW_MAGIC, decodeSegmentHead, type SegmentHead } from './segment-head.js';

/** One segment file, read by the heads of its frames. */

/** A frame as it was found: its metadata, and where its payload stands. */
export interface FoundFrame {
  readonly kind: 'events' | 'control';
  readonly rows: number;
  readonly metadata: FrameMetadata;
  readonly file: string;
  /** First byte of the frame, and the one after it. */
  readonly at: number;
  readonly end: number;
  readonly metadata_length: number;
  readonly payload_at: number;
  readonly payload_length: number;
  readonly payload_hash: bigint;
}

/** Bytes [at, end) in which no head is whole, before a frame whose head is. */
export interface Hole {
  readonly at: number;
  readonly end: number;
  readonly metadata?: undefined;
}

/** How a segment ends: where its whole heads end, and what follows them. */
export interface SegmentEnd {
  readonly file: string;
  readonly size: number;
  readonly frames_end: number;
  /** A footer stands where the frames end. */
  readonly is_closed: boolean;
  /** The file ends as an Arrow file does, wherever its footer says that it begins. */
  readonly has_trailer: boolean;
  /** Somewhere before its end no head is whole. */
  readonly has_hole: boolean;
  /** Null when the file does not begin as it was written. */
  readonly head: SegmentHead | null;
}

/** An Arrow file ends with: end mark (8 bytes), footer, length of the footer (4 bytes), magic. */
const TRAILER_BYTES = 4 + ARROW_MAGIC.length;
const END_MARK_BYTES = 8;
const SEARCH_BYTES = 1_048_576;

export function isHole(found: FoundFrame | Hole): found is Hole {
  return found.metadata === undefined;
}

/** What a segment holds, from its beginning. @throws PlumblineError LOG_FORMAT_UNKNOWN */
export function* foundIn(file: string): Generator<FoundFrame | Hole, SegmentEnd> {
  const fd = openRegular(file);
  try {
    const { size } = fstatSync(fd);
    const head = headOf(fd, file);
    const reading = new ReadAhead(fd);
    let has_hole = false;
    let at = Math.min(FRAME_ALIGNMENT, size);
    while (at < size) {
      const frame = frameAt(reading, file, at, size);
      const end = frame?.end ?? headAfter(reading, at, size);
      if (end === null) break;
      has_hole ||= frame === null;
      yield frame ?? { at, end };
      at = end;
    }
    const has_trailer = size >= FRAME_ALIGNMENT + TRAILER_BYTES && endsAsArrow(fd, size);
    const is_closed = has_trailer && footerStart(fd, size) === at;
    return { file, size, frames_end: at, is_closed, has_trailer, has_hole, head };
  } finally {
    closeSync(fd);
  }
}

/** Where a payload stands, and its sum. */
export type PayloadPlace = Pick<FoundFrame, 'file' | 'payload_at' | 'payload_length' | 'payload_hash'>;

/** The payload of a frame; null when it is not what was written. */
export function payloadOf(place: PayloadPlace): Buffer | null {
  const payloads = new Payloads();
  try {
    return payloads.of(place);
  } finally {
    payloads.close();
  }
}

/** Payloads of many frames, file after file. */
export class Payloads {
  #file: string | null = null;
  #fd = -1;
  #reading: ReadAhead | null = null;

  /** Null when it is not what was written. */
  of(place: PayloadPlace): Buffer | null {
    this.#open(place.file);
    return whole(readBytes(this.#fd, place.payload_at, place.payload_length), place);
  }

  /** As `of`, for one who is done with it before the next: small ones are read together. */
  lent(place: PayloadPlace): Buffer | null {
    this.#open(place.file);
    this.#reading ??= new ReadAhead(this.#fd);
    return whole(this.#reading.bytes(place.payload_at, place.payload_length), place);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#fd);
    this.#file = null;
    this.#reading = null;
  }

  #open(file: string): void {
    if (file === this.#file) return;
    this.close();
    this.#fd = openRegular(file);
    this.#file = file;
  }
}

function whole(payload: Buffer, { payload_hash }: PayloadPlace): Buffer | null {
  return hashOf([payload]) === payload_hash ? payload : null;
}

/** What a segment says of itself; null when it does not begin as it was written. @throws PlumblineError LOG_FORMAT_UNKNOWN */
export function segmentHeadOf(file: string): SegmentHead | null {
  const fd = openRegular(file);
  try {
    return headOf(fd, file);
  } finally {
    closeSync(fd);
  }
}

/** The frame that begins at a byte, when its head is whole and its payload has room before `limit`; else null. */
function frameAt(reading: ReadAhead, file: string, at: number, limit: number): FoundFrame | null {
  const head = headAt(reading, at, limit);
  if (head === null) return null;
  const { kind, rows, payload_length, payload_hash, metadata_length, metadata } = head;
  // The head of a frame with Arrow blocks has spare room; its first block tells where the payload begins.
  const first_block = metadata.dictionary_blocks[0] ?? metadata.batch_blocks[0];
  const payload_at = first_block?.offset ?? at + HEADER_LENGTH + padded(metadata_length);
  const end = payload_at + padded(payload_length);
  if (end > limit) return null;
  return { kind, rows, metadata, file, at, end, metadata_length, payload_at, payload_length, payload_hash };
}

function headAt(reading: ReadAhead, at: number, limit: number) {
  if (at + HEADER_LENGTH > limit) return null;
  const header = decodeHeader(reading.bytes(at, HEADER_LENGTH));
  if (header === null || at + HEADER_LENGTH + header.metadata_length > limit) return null;
  const bytes = reading.bytes(at, HEADER_LENGTH + header.metadata_length);
  const metadata = decodeMetadata(bytes.subarray(0, HEADER_LENGTH), bytes.subarray(HEADER_LENGTH));
  return metadata === null ? null : { ...header, metadata };
}

/**
 * Where the next whole head stands after a byte where none does; null when there is none. A frame is begun only when the
 * one before it is on disk: so a head after a hole tells damage, which must not pass for a torn end.
 */
function headAfter(reading: ReadAhead, after: number, size: number): number | null {
  for (let from = after + FRAME_ALIGNMENT; from < size; from += SEARCH_BYTES) {
    const bytes = Buffer.from(reading.bytes(from, Math.min(SEARCH_BYTES, size - from)));
    for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1))
      if (at % FRAME_ALIGNMENT === 0 && headAt(reading, from + at, size) !== null) return from + at;
  }
  return null;
}

function endsAsArrow(fd: number, size: number): boolean {
  return readBytes(fd, size - ARROW_MAGIC.length, ARROW_MAGIC.length).toString('latin1') === ARROW_MAGIC;
}

/** Where the end mark and footer of a closed segment begin, by its trailer. */
function footerStart(fd: number, size: number): number {
  return size - TRAILER_BYTES - readBytes(fd, size - TRAILER_BYTES, 4).readInt32LE(0) - END_MARK_BYTES;
}

function headOf(fd: number, file: string): SegmentHead | null {
  const head = decodeSegmentHead(readBytes(fd, 0, FRAME_ALIGNMENT));
  if (head === null || head.version <= FORMAT_VERSION) return head;
  throw new PlumblineError('LOG_FORMAT_UNKNOWN', `"${file}" was written by a newer version of Plumbline`, {
    detail: `it has format ${head.version}; this version knows 1 to ${FORMAT_VERSION}`,
    hint: 'Run the version that wrote it, or a later one.',
  });
}
