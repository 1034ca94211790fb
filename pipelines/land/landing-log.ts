import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  writevSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { Field, Int32, RecordBatchReader, RecordBatchStreamWriter, Schema, Uint8 } from 'apache-arrow';
import type { Batch } from '../../contracts/batch.js';
import { PlumblineError } from '../../contracts/errors.js';
import { EVENT_COLUMNS } from '../../contracts/event-columns.js';
import { BATCH_SCHEMA, columnsOf } from './arrow-batch.js';
import { type ArrowPayload, ArrowSegment } from './arrow-segment.js';
import {
  decodeHeader,
  decodeMetadata,
  encodeHead,
  FRAME_ALIGNMENT,
  type FrameMetadata,
  HEADER_LENGTH,
  hashOf,
  padded,
} from './frame.js';

const sync = promisify(fdatasync);
const ARROW_MAGIC = 'ARROW1';

/** A frame as it was read: its metadata, and the bytes of its payload. */
export interface StoredFrame {
  readonly kind: 'events' | 'control';
  readonly rows: number;
  readonly metadata: FrameMetadata;
  readonly payload: Buffer;
}

export type FrameDraft = Omit<
  FrameMetadata,
  'ordinal' | 'batch_offset' | 'arrow_length' | 'dictionary_blocks' | 'batch_blocks'
>;

/** What was found wrong at the end of a log and mended. */
export interface TornTail {
  readonly file: string;
  readonly kept_bytes: number;
  readonly cut_bytes: number;
}

export function logFolder(data_dir: string): string {
  return join(data_dir, 'log');
}

export function segmentFiles(data_dir: string): string[] {
  try {
    return readdirSync(logFolder(data_dir))
      .filter((name) => /^\d{8}\.arrow$/.test(name))
      .sort()
      .map((name) => join(logFolder(data_dir), name));
  } catch {
    return [];
  }
}

/** The append-only sequence of frames on disk: segment files, each an Arrow IPC file once it is closed. */
export class LandingLog {
  readonly #data_dir: string;
  readonly #segment_bytes_max: number;
  #segment: ArrowSegment | null = null;
  #fd = -1;
  #position = 0;
  #next_segment: number;
  #ordinal: number;
  /** Every dictionary of the log so far: a new segment begins with all of them. */
  readonly #dictionaries = new Map<string, string[]>();

  private constructor(data_dir: string, segment_bytes_max: number, next_segment: number, next_ordinal: number) {
    this.#data_dir = data_dir;
    this.#segment_bytes_max = segment_bytes_max;
    this.#next_segment = next_segment;
    this.#ordinal = next_ordinal;
  }

  /**
   * Opens the log for appending. A torn last frame is cut off and told; what was left open gets its footer.
   * @throws PlumblineError LOG_FRAME_DAMAGED when an earlier frame is not whole
   */
  static open(
    data_dir: string,
    segment_bytes_max: number,
    onFrame: (frame: Omit<StoredFrame, 'payload'>, readPayload: () => Buffer) => void,
  ): { log: LandingLog; torn: TornTail | null } {
    mkdirSync(logFolder(data_dir), { recursive: true, mode: 0o700 });
    const files = segmentFiles(data_dir);
    let torn: TornTail | null = null;
    let next_ordinal = 0;
    const log = new LandingLog(data_dir, segment_bytes_max, files.length, 0);
    for (const [index, file] of files.entries()) {
      const fd = openSync(file, 'r+');
      try {
        const blocks = {
          dictionaries: [...[]] as FrameMetadata['dictionary_blocks'][number][],
          batches: [] as FrameMetadata['batch_blocks'][number][],
        };
        let end = FRAME_ALIGNMENT;
        for (const frame of scanFrames(fd, file, index === files.length - 1)) {
          if ('torn_at' in frame) break;
          end = frame.end;
          next_ordinal = frame.metadata.ordinal + 1;
          blocks.dictionaries.push(...frame.metadata.dictionary_blocks);
          blocks.batches.push(...frame.metadata.batch_blocks);
          log.#remember(frame.metadata.additions);
          onFrame({ kind: frame.kind, rows: frame.rows, metadata: frame.metadata }, () =>
            readBytes(fd, frame.payload_at, frame.payload_length),
          );
        }
        const size = fstatSync(fd).size;
        if (index === files.length - 1 && !isClosed(fd, size)) {
          if (size > end) torn = { file, kept_bytes: end, cut_bytes: size - end };
          ftruncateSync(fd, end);
          const segment = new ArrowSegment();
          segment.begin();
          writeAt(fd, segment.footer(blocks), end);
          fsyncSync(fd);
        }
      } finally {
        closeSync(fd);
      }
    }
    log.#ordinal = next_ordinal;
    return { log, torn };
  }

  /** Appends a frame and resolves once it is on disk (fdatasync). */
  async append(draft: FrameDraft, batch: Batch | null, rejected: readonly Uint8Array[]): Promise<number> {
    if (this.#segment !== null && this.#position >= this.#segment_bytes_max) this.closeSegment();
    if (this.#segment === null) this.#openSegment();
    const segment = this.#segment!;
    if (batch !== null) segment.addDictionaryValues(batch.dictionary_additions);
    const arrow = batch === null || batch.rows === 0 ? null : segment.payload(batch);
    const payload: Uint8Array[] = [...(arrow?.chunks ?? []), ...rejected];
    const length = payload.reduce((total, chunk) => total + chunk.byteLength, 0);
    const ordinal = this.#ordinal++;
    const head = this.#head(draft, ordinal, batch?.rows ?? 0, arrow, { length, hash: hashOf(payload) });
    const tail = new Uint8Array(padded(length) - length);
    this.#position += writeAt(this.#fd, [head, ...payload, tail], this.#position);
    await sync(this.#fd);
    this.#remember(draft.additions);
    return ordinal;
  }

  /**
   * Block offsets are absolute and part of the metadata that stands before them: the head is made once to learn its
   * length, and again with the offsets, padded to the same length.
   */
  #head(
    draft: FrameDraft,
    ordinal: number,
    rows: number,
    arrow: ArrowPayload | null,
    payload: { length: number; hash: bigint },
  ): Buffer {
    const kind = draft.entry === null ? 'events' : 'control';
    const metadata = (): FrameMetadata => ({
      ...draft,
      ordinal,
      batch_offset: arrow?.batch_offset ?? -1,
      arrow_length: arrow?.length ?? 0,
      dictionary_blocks: arrow?.dictionary_blocks ?? [],
      batch_blocks: arrow?.batch_blocks ?? [],
    });
    if (arrow === null) return encodeHead(kind, rows, metadata(), payload);
    const guess =
      HEADER_LENGTH + padded(Buffer.byteLength(JSON.stringify(metadata())) + 16 * (arrow.dictionary_blocks.length + 1));
    this.#segment!.place(arrow, this.#position + guess);
    const head = encodeHead(kind, rows, metadata(), payload);
    if (head.length > guess) throw new Error('a frame head outgrew its room');
    return Buffer.concat([head, Buffer.alloc(guess - head.length)]);
  }

  /** Ends the segment with the footer that makes it an Arrow file. */
  closeSegment(): void {
    if (this.#segment === null) return;
    writeAt(this.#fd, this.#segment.footer(), this.#position);
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#segment = null;
  }

  #openSegment(): void {
    const file = join(logFolder(this.#data_dir), `${String(this.#next_segment++).padStart(8, '0')}.arrow`);
    this.#fd = openSync(file, 'wx', 0o600);
    this.#segment = new ArrowSegment();
    const start = this.#segment.begin();
    const length = start.reduce((total, chunk) => total + chunk.byteLength, 0);
    this.#position = writeAt(this.#fd, [...start, new Uint8Array(FRAME_ALIGNMENT - length)], 0);
    for (const [name, values] of this.#dictionaries)
      this.#segment.addDictionaryValues(new Map([[name, { first_id: 0, values }]]));
    const folder = openSync(logFolder(this.#data_dir), 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  #remember(additions: FrameMetadata['additions']): void {
    for (const [name, { values }] of Object.entries(additions)) {
      const known = this.#dictionaries.get(name);
      if (known === undefined) this.#dictionaries.set(name, [...values]);
      else known.push(...values);
    }
  }
}

/** Frames of the whole log, from an ordinal on. @throws PlumblineError LOG_FRAME_DAMAGED */
export function* storedFrames(data_dir: string, from_frame: number): Generator<StoredFrame> {
  const files = segmentFiles(data_dir);
  for (const [index, file] of files.entries()) {
    const fd = openSync(file, 'r');
    try {
      for (const frame of scanFrames(fd, file, index === files.length - 1)) {
        if ('torn_at' in frame) break;
        if (frame.metadata.ordinal < from_frame) continue;
        const payload = readBytes(fd, frame.payload_at, frame.payload_length);
        if (hashOf([payload]) !== frame.payload_hash)
          throw damaged(file, frame.at, 'its payload is not what was written');
        yield { kind: frame.kind, rows: frame.rows, metadata: frame.metadata, payload };
      }
    } finally {
      closeSync(fd);
    }
  }
}

/** The frames that hold the events from one ordinal to another; heads are read, payloads are not. */
export function framesBetween(
  data_dir: string,
  first_seq: number,
  last_seq: number,
): { file: string; frame: number; first_seq: number; rows: number }[] {
  const found: { file: string; frame: number; first_seq: number; rows: number }[] = [];
  for (const file of segmentFiles(data_dir)) {
    const fd = openSync(file, 'r');
    try {
      for (const scanned of scanFrames(fd, file, true)) {
        if ('torn_at' in scanned || scanned.rows === 0) continue;
        const { ordinal, first_seq: from } = scanned.metadata;
        if (from <= last_seq && from + scanned.rows > first_seq)
          found.push({ file: basename(file), frame: ordinal, first_seq: from, rows: scanned.rows });
      }
    } finally {
      closeSync(fd);
    }
  }
  return found;
}

interface Scanned {
  readonly kind: 'events' | 'control';
  readonly rows: number;
  readonly metadata: FrameMetadata;
  readonly at: number;
  readonly payload_at: number;
  readonly payload_length: number;
  readonly payload_hash: bigint;
  readonly end: number;
}

/** Heads of the frames of one segment. A frame that is not whole ends the last segment and damages any other. */
function* scanFrames(fd: number, file: string, isLast: boolean): Generator<Scanned | { torn_at: number }> {
  const size = fstatSync(fd).size;
  const header = Buffer.alloc(HEADER_LENGTH);
  for (let at = FRAME_ALIGNMENT; at < size; ) {
    readSync(fd, header, 0, HEADER_LENGTH, at);
    const head = at + HEADER_LENGTH <= size ? decodeHeader(header) : null;
    // After the last frame of a closed segment stands the footer: an end mark of Arrow.
    if (head === null && header.readInt32LE(0) === -1 && header.readInt32LE(4) === 0 && isClosed(fd, size)) return;
    const metadata =
      head === null || at + HEADER_LENGTH + head.metadata_length > size
        ? null
        : decodeMetadata(header, readBytes(fd, at + HEADER_LENGTH, head.metadata_length));
    const payload_at = head === null || metadata === null ? 0 : payloadStart(at, head.metadata_length, metadata);
    const end = head === null ? 0 : payload_at + padded(head.payload_length);
    if (head === null || metadata === null || end > size) {
      if (!isLast) throw damaged(file, at, 'it is not whole');
      yield { torn_at: at };
      return;
    }
    const { kind, rows, payload_length, payload_hash } = head;
    yield { kind, rows, metadata, at, payload_at, payload_length, payload_hash, end };
    at = end;
  }
}

/** The head of a frame with Arrow blocks has spare room; its first block tells where the payload begins. */
function payloadStart(at: number, metadata_length: number, metadata: FrameMetadata): number {
  const first = metadata.dictionary_blocks[0] ?? metadata.batch_blocks[0];
  return first === undefined ? at + HEADER_LENGTH + padded(metadata_length) : first.offset;
}

function isClosed(fd: number, size: number): boolean {
  if (size < FRAME_ALIGNMENT + 10) return false;
  return readBytes(fd, size - 6, 6).toString('latin1') === ARROW_MAGIC;
}

function damaged(file: string, at: number, what: string): PlumblineError {
  return new PlumblineError('LOG_FRAME_DAMAGED', `the frame at byte ${at} of ${file} is damaged: ${what}`, {
    hint: 'Restore the file from a copy. Nothing after it is read until then, so that nothing is lost in silence.',
  });
}

function readBytes(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const count = readSync(fd, bytes, read, length - read, at + read);
    if (count === 0) break;
    read += count;
  }
  return bytes;
}

/** Writes all chunks at a position; gives their length. */
function writeAt(fd: number, chunks: readonly Uint8Array[], position: number): number {
  const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  let pending = chunks.filter((chunk) => chunk.byteLength > 0);
  let at = position;
  while (pending.length > 0) {
    const group = pending.slice(0, IOV_MAX);
    let written = writevSync(fd, group, at);
    at += written;
    const rest: Uint8Array[] = [];
    for (const chunk of group) {
      if (written >= chunk.byteLength) written -= chunk.byteLength;
      else {
        rest.push(chunk.subarray(written));
        written = 0;
      }
    }
    pending = [...rest, ...pending.slice(IOV_MAX)];
  }
  return total;
}
const IOV_MAX = 512;

/** The schema of a record batch as it lies on disk: dictionary columns are their indices. */
const INDEX_SCHEMA = new Schema(
  EVENT_COLUMNS.map(({ form }, index) => {
    const field = BATCH_SCHEMA.fields[index]!;
    const type = form === 'code' ? new Uint8() : form === 'dictionary' ? new Int32() : field.type;
    return new Field(field.name, type, field.nullable);
  }),
);
const streamStart = schemaMessage();

function schemaMessage(): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, INDEX_SCHEMA);
  writer.finish();
  const bytes = writer.toUint8Array(true);
  // Without the end mark that a finished stream has.
  return bytes.slice(0, bytes.byteLength - 8);
}

/** The batch of an events frame. */
export function batchOf(frame: StoredFrame): Batch {
  const { metadata } = frame;
  const additions = new Map(Object.entries(metadata.additions));
  if (metadata.batch_offset < 0)
    return { rows: 0, first_seq: metadata.first_seq, columns: new Map(), dictionary_additions: additions };
  const message = frame.payload.subarray(metadata.batch_offset, metadata.arrow_length);
  const reader = RecordBatchReader.from(Buffer.concat([streamStart, message]));
  const record = reader.next().value;
  if (record === undefined || record === null || record.numRows !== frame.rows) {
    throw new PlumblineError(
      'LOG_FRAME_DAMAGED',
      `frame ${metadata.ordinal} holds ${record?.numRows ?? 0} of ${frame.rows} rows`,
    );
  }
  return {
    rows: frame.rows,
    first_seq: metadata.first_seq,
    columns: columnsOf(record),
    dictionary_additions: additions,
  };
}
