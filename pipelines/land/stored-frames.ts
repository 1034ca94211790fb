import { closeSync, fstatSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import { PlumblineError } from '../../contracts/errors.js';
import {
  decodeHeader,
  decodeMetadata,
  FRAME_ALIGNMENT,
  type FrameMetadata,
  HEADER_LENGTH,
  hashOf,
  MAGIC,
  padded,
} from './frame.js';
import { readBytes, segmentFiles } from './segment-files.js';

/**
 * How a log is read: frame after frame, none left out, none taken that is not whole. The end of the last segment may be
 * torn (a crash while it was written, before anything was acknowledged); anything else that is not whole is damage, and
 * nothing after it is read.
 */

/** A frame as it was found: its metadata, and where its payload stands. */
export interface FoundFrame {
  readonly kind: 'events' | 'control';
  readonly rows: number;
  readonly metadata: FrameMetadata;
  readonly file: string;
  /** First byte of the frame, and the one after it. */
  readonly at: number;
  readonly end: number;
  readonly payload_at: number;
  readonly payload_length: number;
  readonly payload_hash: bigint;
}

/** A frame with the bytes of its payload, which are what was written. */
export interface StoredFrame {
  readonly kind: 'events' | 'control';
  readonly rows: number;
  readonly metadata: FrameMetadata;
  readonly payload: Buffer;
}

/** The last segment: where its whole frames end, and whether its footer follows them. */
export interface LogEnd {
  readonly file: string;
  readonly size: number;
  readonly frames_end: number;
  readonly is_closed: boolean;
}

const ARROW_MAGIC = 'ARROW1';
/** An Arrow file ends with: end mark (8 bytes), footer, length of the footer (4 bytes), magic. */
const TRAILER_BYTES = 4 + ARROW_MAGIC.length;
const END_MARK_BYTES = 8;

/** Heads of the frames of a log, in order, of all its segments or from one on. @throws PlumblineError LOG_FRAME_DAMAGED */
export function* findFrames(data_dir: string, from_file?: string): Generator<FoundFrame, LogEnd | null> {
  const files = segmentFiles(data_dir).filter((file) => from_file === undefined || file >= from_file);
  let end: LogEnd | null = null;
  let ordinal = from_file === undefined ? 0 : -1;
  for (const [index, file] of files.entries()) {
    const fd = openSync(file, 'r');
    try {
      const frames = framesOf(fd, file, index === files.length - 1);
      let step = frames.next();
      for (; step.done !== true; step = frames.next()) {
        const frame = step.value;
        if (ordinal >= 0 && frame.metadata.ordinal !== ordinal)
          throw damaged(file, frame.at, `it is number ${frame.metadata.ordinal} where ${ordinal} is expected`);
        ordinal = frame.metadata.ordinal + 1;
        yield frame;
      }
      end = step.value;
    } finally {
      closeSync(fd);
    }
  }
  return end;
}

/** Frames with their payloads, from an ordinal on. @throws PlumblineError LOG_FRAME_DAMAGED */
export function* storedFrames(data_dir: string, from_frame: number): Generator<StoredFrame> {
  for (const frame of findFrames(data_dir)) {
    if (frame.metadata.ordinal >= from_frame) yield readFrame(frame);
  }
}

/** The frame with its payload. @throws PlumblineError LOG_FRAME_DAMAGED */
export function readFrame(frame: FoundFrame): StoredFrame {
  const fd = openSync(frame.file, 'r');
  try {
    const payload = readBytes(fd, frame.payload_at, frame.payload_length);
    if (hashOf([payload]) !== frame.payload_hash)
      throw damaged(frame.file, frame.at, 'its payload is not what was written');
    return { kind: frame.kind, rows: frame.rows, metadata: frame.metadata, payload };
  } finally {
    closeSync(fd);
  }
}

/** The frames that hold the events from one ordinal to another; payloads are not read. */
export function framesBetween(
  data_dir: string,
  first_seq: number,
  last_seq: number,
): { file: string; frame: number; first_seq: number; rows: number }[] {
  const found: { file: string; frame: number; first_seq: number; rows: number }[] = [];
  for (const { file, rows, metadata } of findFrames(data_dir)) {
    const from = metadata.first_seq;
    if (rows > 0 && from <= last_seq && from + rows > first_seq)
      found.push({ file: basename(file), frame: metadata.ordinal, first_seq: from, rows });
  }
  return found;
}

/** Frames of one segment; of the last one, those before a torn end. */
function* framesOf(fd: number, file: string, isLast: boolean): Generator<FoundFrame, LogEnd> {
  const { size } = fstatSync(fd);
  const footer_at = footerStart(fd, size);
  if (footer_at === null && !isLast) throw damaged(file, size, 'the file has lost its end');
  const limit = footer_at ?? size;
  let held: FoundFrame | null = null;
  let at = FRAME_ALIGNMENT;
  while (at < limit) {
    const frame = frameAt(fd, file, at, limit);
    if (frame === null) break;
    if (held !== null) yield held;
    held = frame;
    at = frame.end;
  }
  if (footer_at !== null && at !== footer_at) throw damaged(file, at, 'its head is not what was written');
  if (footer_at === null && at < size && hasFrameAfter(fd, at, size))
    throw damaged(file, at, 'its head is not what was written');
  if (held !== null && !beginsAsArrow(fd)) throw damaged(file, 0, 'the file does not begin as an Arrow file');
  // The last frame of all may have been under way when the process ended: its payload tells.
  const isTorn = footer_at === null && held !== null && held.end === size && !isWhole(fd, held);
  if (held !== null && !isTorn) yield held;
  const frames_end = held === null ? Math.min(size, FRAME_ALIGNMENT) : isTorn ? held.at : held.end;
  return { file, size, frames_end, is_closed: footer_at !== null };
}

/** The frame that begins at a byte, when its head is whole and its payload has room before `limit`; else null. */
function frameAt(fd: number, file: string, at: number, limit: number): FoundFrame | null {
  if (at + HEADER_LENGTH > limit) return null;
  const header = readBytes(fd, at, HEADER_LENGTH);
  const head = decodeHeader(header);
  if (head === null || at + HEADER_LENGTH + head.metadata_length > limit) return null;
  const metadata = decodeMetadata(header, readBytes(fd, at + HEADER_LENGTH, head.metadata_length));
  if (metadata === null) return null;
  // The head of a frame with Arrow blocks has spare room; its first block tells where the payload begins.
  const first_block = metadata.dictionary_blocks[0] ?? metadata.batch_blocks[0];
  const payload_at = first_block?.offset ?? at + HEADER_LENGTH + padded(head.metadata_length);
  const end = payload_at + padded(head.payload_length);
  if (end > limit) return null;
  const { kind, rows, payload_length, payload_hash } = head;
  return { kind, rows, metadata, file, at, end, payload_at, payload_length, payload_hash };
}

const SEARCH_BYTES = 1_048_576;

/**
 * Whether a whole head stands anywhere after a byte where none does. A frame is begun only when the one before it is on
 * disk: so this tells damage, which must not pass for a torn end.
 */
function hasFrameAfter(fd: number, after: number, size: number): boolean {
  for (let from = after + FRAME_ALIGNMENT; from < size; from += SEARCH_BYTES) {
    const bytes = readBytes(fd, from, Math.min(SEARCH_BYTES, size - from));
    for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
      if (at % FRAME_ALIGNMENT !== 0) continue;
      const header = readBytes(fd, from + at, HEADER_LENGTH);
      const head = decodeHeader(header);
      if (head === null || from + at + HEADER_LENGTH + head.metadata_length > size) continue;
      if (decodeMetadata(header, readBytes(fd, from + at + HEADER_LENGTH, head.metadata_length)) !== null) return true;
    }
  }
  return false;
}

/** Where the end mark and footer of a closed segment begin; null when it is not closed. */
function footerStart(fd: number, size: number): number | null {
  if (size < FRAME_ALIGNMENT + END_MARK_BYTES + TRAILER_BYTES) return null;
  const trailer = readBytes(fd, size - TRAILER_BYTES, TRAILER_BYTES);
  if (trailer.toString('latin1', 4) !== ARROW_MAGIC) return null;
  const start = size - TRAILER_BYTES - trailer.readInt32LE(0) - END_MARK_BYTES;
  return start >= FRAME_ALIGNMENT && start <= size ? start : null;
}

function beginsAsArrow(fd: number): boolean {
  return readBytes(fd, 0, ARROW_MAGIC.length).toString('latin1') === ARROW_MAGIC;
}

function isWhole(fd: number, frame: FoundFrame): boolean {
  return hashOf([readBytes(fd, frame.payload_at, frame.payload_length)]) === frame.payload_hash;
}

function damaged(file: string, at: number, what: string): PlumblineError {
  return new PlumblineError('LOG_FRAME_DAMAGED', `the frame at byte ${at} of ${file} is damaged: ${what}`, {
    hint: 'Restore the file from a copy. Nothing after it is read until then, so that nothing is lost in silence.',
  });
}
