import { closeSync, fdatasync, fsyncSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Batch } from '../../contracts/batch.js';
import { PlumblineError } from '../../contracts/errors.js';
import { syncFolder } from '../durable-files.js';
import { type ArrowPayload, ArrowSegment } from './arrow-segment.js';
import { encodeHead, FRAME_ALIGNMENT, type FrameMetadata, HEADER_LENGTH, hashOf, padded } from './frame.js';
import { logFolder, segmentFile, segmentFiles, segmentNumber, writeAt } from './segment-files.js';
import { type FoundFrame, findFrames, type LogEnd } from './stored-frames.js';

export { framesBetween } from './stored-frames.js';

const sync = promisify(fdatasync);
/** Digits by which the offset of a block may grow when it becomes one in the file. */
const OFFSET_DIGITS_MAX = 16;

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

/** Blocks of the frames of one segment, as its footer lists them. */
interface SegmentBlocks {
  readonly file: string;
  readonly dictionaries: FrameMetadata['dictionary_blocks'][number][];
  readonly batches: FrameMetadata['batch_blocks'][number][];
}

/** The append-only sequence of frames on disk: segment files, each an Arrow IPC file once it is closed. */
export class LandingLog {
  readonly #data_dir: string;
  readonly #segment_bytes_max: number;
  #segment: ArrowSegment | null = null;
  #fd = -1;
  #position = 0;
  #next_segment = 0;
  #ordinal = 0;
  #is_appending = false;
  /** Set by a write that failed: what is on disk is not known until the log is opened anew. */
  #failure: PlumblineError | null = null;
  /** Every dictionary of the log so far: a new segment begins with all of them. */
  readonly #dictionaries = new Map<string, string[]>();

  private constructor(data_dir: string, segment_bytes_max: number) {
    this.#data_dir = data_dir;
    this.#segment_bytes_max = segment_bytes_max;
  }

  /**
   * Opens the log for appending. A torn end is cut off and told; what was left open gets its footer.
   * @throws PlumblineError LOG_FRAME_DAMAGED when anything before the end is not whole
   */
  static open(
    data_dir: string,
    segment_bytes_max: number,
    onFrame: (frame: FoundFrame) => void,
  ): { log: LandingLog; torn: TornTail | null } {
    const log = new LandingLog(data_dir, segment_bytes_max);
    mkdirSync(logFolder(data_dir), { recursive: true, mode: 0o700 });
    syncFolder(data_dir);
    let blocks: SegmentBlocks = { file: '', dictionaries: [], batches: [] };
    const frames = findFrames(data_dir);
    let step = frames.next();
    for (; step.done !== true; step = frames.next()) {
      const { file, metadata } = step.value;
      if (file !== blocks.file) blocks = { file, dictionaries: [], batches: [] };
      blocks.dictionaries.push(...metadata.dictionary_blocks);
      blocks.batches.push(...metadata.batch_blocks);
      log.#ordinal = metadata.ordinal + 1;
      log.#remember(metadata.additions);
      onFrame(step.value);
    }
    const last = segmentFiles(data_dir).at(-1);
    log.#next_segment = last === undefined ? 0 : segmentNumber(last) + 1;
    return { log, torn: step.value === null ? null : mendEnd(step.value, blocks) };
  }

  /**
   * Appends a frame and resolves with its ordinal once it is on disk (fdatasync). After an error nothing more can be
   * appended: whether the frame is on disk is found out when the log is opened again.
   * @throws PlumblineError LOG_WRITE_FAILED
   */
  async append(draft: FrameDraft, batch: Batch | null, rejected: readonly Uint8Array[]): Promise<number> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#is_appending) throw new Error('a frame is being appended');
    this.#is_appending = true;
    try {
      if (this.#segment !== null && this.#position >= this.#segment_bytes_max) this.closeSegment();
      if (this.#segment === null) this.#openSegment();
      this.#position += writeAt(this.#fd, this.#frame(draft, batch, rejected), this.#position);
      await sync(this.#fd);
    } catch (error) {
      throw this.#failed(error);
    } finally {
      this.#is_appending = false;
    }
    this.#remember(draft.additions);
    return this.#ordinal++;
  }

  /** Ends the segment with the footer that makes it an Arrow file. */
  closeSegment(): void {
    if (this.#segment === null) return;
    const footer = this.#segment.footer();
    this.#segment = null;
    try {
      if (this.#failure !== null) return;
      writeAt(this.#fd, footer, this.#position);
      fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }

  #frame(draft: FrameDraft, batch: Batch | null, rejected: readonly Uint8Array[]): Uint8Array[] {
    const segment = this.#segment!;
    if (batch !== null) segment.addDictionaryValues(batch.dictionary_additions);
    const arrow = batch === null || batch.rows === 0 ? null : segment.payload(batch);
    const payload: Uint8Array[] = [...(arrow?.chunks ?? []), ...rejected];
    const length = payload.reduce((total, chunk) => total + chunk.byteLength, 0);
    const head = this.#head(draft, batch?.rows ?? 0, arrow, { length, hash: hashOf(payload) });
    return [head, ...payload, new Uint8Array(padded(length) - length)];
  }

  /**
   * Block offsets are absolute and part of the metadata that stands before them: the head is made once to learn its
   * length, and again with the offsets, padded to the same length.
   */
  #head(
    draft: FrameDraft,
    rows: number,
    arrow: ArrowPayload | null,
    payload: { length: number; hash: bigint },
  ): Uint8Array {
    const kind = draft.entry === null ? 'events' : 'control';
    const metadata = (): FrameMetadata => ({
      ...draft,
      ordinal: this.#ordinal,
      batch_offset: arrow?.batch_offset ?? -1,
      arrow_length: arrow?.length ?? 0,
      dictionary_blocks: arrow?.dictionary_blocks ?? [],
      batch_blocks: arrow?.batch_blocks ?? [],
    });
    if (arrow === null) return encodeHead(kind, rows, metadata(), payload);
    const room = OFFSET_DIGITS_MAX * (arrow.dictionary_blocks.length + arrow.batch_blocks.length);
    const length = HEADER_LENGTH + padded(Buffer.byteLength(JSON.stringify(metadata())) + room);
    this.#segment!.place(arrow, this.#position + length);
    const head = encodeHead(kind, rows, metadata(), payload);
    return Buffer.concat([head], length);
  }

  #openSegment(): void {
    this.#fd = openSync(segmentFile(this.#data_dir, this.#next_segment++), 'wx', 0o600);
    this.#segment = new ArrowSegment();
    this.#position = writeAt(this.#fd, segmentStart(this.#segment), 0);
    for (const [name, values] of this.#dictionaries)
      this.#segment.addDictionaryValues(new Map([[name, { first_id: 0, values }]]));
    syncFolder(logFolder(this.#data_dir));
  }

  #remember(additions: FrameMetadata['additions']): void {
    for (const [name, { values }] of Object.entries(additions)) {
      const known = this.#dictionaries.get(name);
      if (known === undefined) this.#dictionaries.set(name, [...values]);
      else for (const value of values) known.push(value);
    }
  }

  #failed(cause: unknown): PlumblineError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#failure = new PlumblineError(
      'LOG_WRITE_FAILED',
      `the landing log in "${this.#data_dir}" could not be written`,
      {
        detail: reason,
        hint: 'Make room or mend the disk, then start again: nothing that was not on disk has been acknowledged.',
        cause,
      },
    );
    return this.#failure;
  }
}

/** What an Arrow file begins with, up to the first frame. */
function segmentStart(segment: ArrowSegment): Uint8Array[] {
  const start = segment.begin();
  const length = start.reduce((total, chunk) => total + chunk.byteLength, 0);
  return [...start, new Uint8Array(FRAME_ALIGNMENT - length)];
}

/** Cuts what is torn off the last segment and gives it its footer; a segment without a whole frame goes. */
function mendEnd(end: LogEnd, blocks: SegmentBlocks): TornTail | null {
  if (end.is_closed) return null;
  const { file, size, frames_end } = end;
  if (frames_end <= FRAME_ALIGNMENT) rmSync(file);
  else {
    const segment = new ArrowSegment();
    segment.begin();
    const fd = openSync(file, 'r+');
    try {
      ftruncateSync(fd, frames_end);
      writeAt(fd, segment.footer(blocks), frames_end);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
  return size > frames_end ? { file, kept_bytes: frames_end, cut_bytes: size - frames_end } : null;
}
