import { closeSync, fsyncSync, ftruncateSync, openSync, rmSync } from 'node:fs';
import type { Batch } from '../../contracts/batch.js';
import type { Clock } from '../../contracts/clock.js';
import type { Config } from '../../contracts/config.js';
import { parseDurationMs } from '../../contracts/duration.js';
import { PlumblineError } from '../../contracts/errors.js';
import type { Fill } from '../../contracts/fill.js';
import { makeFolder, syncFolder } from '../durable-files.js';
import { type ArrowPayload, ArrowSegment } from './arrow-segment.js';
import { type BehindLost, behindLost } from './behind-lost.js';
import { encodeHead, FRAME_ALIGNMENT, type FrameMetadata, HEADER_LENGTH, hashOf, padded } from './frame.js';
import { KeptSegments } from './kept-segments.js';
import { type LogDisk, systemDisk } from './log-disk.js';
import { LogEnd, logEndFile, readLogEnd } from './log-end.js';
import { isKeptDamaged, SegmentEvents } from './segment-events.js';
import { logFolder, segmentFile, segmentFiles, segmentNumber, writeAt } from './segment-files.js';
import { footerOf, hasOwnFooter, type SegmentBlocks } from './segment-footer.js';
import type { FoundFrame, SegmentEnd } from './segment-frames.js';
import { encodeSegmentHead } from './segment-head.js';
import { isKept, type KeptSummary, type SegmentSummary, Summing } from './segment-summary.js';
import { DICTIONARY_COLUMNS, type FoundLog, findHeads } from './stored-frames.js';

export { framesBetween } from './stored-frames.js';

const NO_EVENTS = new SegmentEvents();
/** Digits by which the offset of a block may grow when it becomes one in the file. */
const OFFSET_DIGITS_MAX = 16;

export type FrameDraft = Omit<
  FrameMetadata,
  'ordinal' | 'dictionary_sizes' | 'batch_offset' | 'arrow_length' | 'dictionary_blocks' | 'batch_blocks'
>;

/** What was found wrong at the end of a log and mended. */
export interface TornTail {
  readonly file: string;
  readonly kept_bytes: number;
  readonly cut_bytes: number;
}

/** When a segment is closed and the next one begun. */
export interface SegmentLimits {
  readonly bytes_max: number;
  readonly age_us_max: number;
}

export function segmentLimits({ segment_bytes_max, segment_age_max }: Config['land']): SegmentLimits {
  return { bytes_max: segment_bytes_max, age_us_max: parseDurationMs(segment_age_max) * 1000 };
}

/** What is known of a segment when a log is opened. */
interface KnownSegment extends SegmentBlocks {
  first_frame: number;
}

/** Takes what a log holds while it is opened: frames, and of closed segments their summaries. */
export interface LogTaking {
  take(frame: FoundFrame): void;
  takeSegment(kept: KeptSummary): void;
}

/** The append-only sequence of frames on disk: segment files, each an Arrow IPC file once it is closed. */
export class LandingLog {
  readonly #data_dir: string;
  readonly #limits: SegmentLimits;
  readonly #clock: Clock;
  readonly #disk: LogDisk;
  readonly #warn: (line: string) => void;
  readonly #kept: KeptSegments;
  #segment: ArrowSegment | null = null;
  /** Of the segment that is written to. */
  #summing = new Summing();
  #events = new SegmentEvents();
  /** Segments of which a file that is kept was found damaged when the log was opened. */
  #damaged = 0;
  /** What closed segments were found to say when the log was opened, until that is kept; null: frames are missing. */
  readonly #found = new Map<string, { readonly summary: SegmentSummary | null; readonly is_kept: boolean }>();
  #fd = -1;
  #position = 0;
  #opened_us = 0;
  #end: LogEnd | null = null;
  #next_segment = 0;
  #ordinal = 0;
  #behind: BehindLost = { epoch_min: 0, segment_min: 0 };
  #is_appending = false;
  /** Set by a write that failed: what is on disk is not known until the log is opened anew. */
  #failure: PlumblineError | null = null;
  /** Every dictionary of the log so far: a new segment begins with all of them. */
  readonly #dictionaries = new Map<string, string[]>();

  private constructor(
    data_dir: string,
    limits: SegmentLimits,
    clock: Clock,
    disk: LogDisk,
    warn: (line: string) => void,
  ) {
    this.#data_dir = data_dir;
    this.#limits = limits;
    this.#clock = clock;
    this.#disk = disk;
    this.#warn = warn;
    this.#kept = new KeptSegments(data_dir, warn);
  }

  /**
   * Opens the log for appending. A torn end is cut off and told; a segment that has lost its footer gets it again.
   * @throws PlumblineError LOG_FRAME_DAMAGED when anything before the end is not whole
   */
  static open(
    data_dir: string,
    limits: SegmentLimits,
    clock: Clock,
    taking: LogTaking,
    disk: LogDisk = systemDisk,
    warn: (line: string) => void = () => undefined,
  ): { log: LandingLog; torn: TornTail | null } {
    const log = new LandingLog(data_dir, limits, clock, disk, warn);
    makeFolder(logFolder(data_dir));
    syncFolder(data_dir);
    const { known, segments, next_frame } = log.#read(taking);
    log.#ordinal = next_frame;
    const last = segmentFiles(data_dir).at(-1);
    log.#behind = behindLost(data_dir, next_frame);
    log.#next_segment = Math.max(log.#behind.segment_min, last === undefined ? 0 : segmentNumber(last) + 1);
    const end = segments.at(-1);
    for (const segment of segments) {
      mend(segment, known.get(segment.file), segment === end);
      log.#found.set(segment.file, { summary: segment.summary, is_kept: false });
      if (isKeptDamaged(data_dir, segment.file)) log.#damaged++;
    }
    if (end !== undefined) syncFolder(logFolder(data_dir));
    if (readLogEnd(data_dir) === 'damaged') {
      if (next_frame > 0) log.#note(next_frame - 1);
      else rmSync(logEndFile(data_dir));
    }
    if (end === undefined || end.is_closed || end.size === end.frames_end) return { log, torn: null };
    const { file, frames_end: kept_bytes, size } = end;
    return { log, torn: { file, kept_bytes, cut_bytes: size - kept_bytes } };
  }

  #read(taking: LogTaking): FoundLog & { readonly known: ReadonlyMap<string, KnownSegment> } {
    const known = new Map<string, KnownSegment>();
    const kept: KeptSummary[] = [];
    const heads = findHeads(this.#data_dir);
    let step = heads.next();
    for (; step.done !== true; step = heads.next()) {
      if (isKept(step.value)) {
        kept.push(step.value);
        this.#found.set(step.value.file, { summary: step.value.summary, is_kept: true });
        this.#remember(step.value.summary.additions);
        taking.takeSegment(step.value);
        continue;
      }
      const { file, metadata } = step.value;
      if (!known.has(file)) known.set(file, { first_frame: metadata.ordinal, dictionaries: [], batches: [] });
      known.get(file)!.dictionaries.push(...metadata.dictionary_blocks);
      known.get(file)!.batches.push(...metadata.batch_blocks);
      this.#remember(metadata.additions);
      taking.take(step.value);
    }
    this.#kept.found(kept);
    return { ...step.value, known };
  }

  /**
   * Keeps what a segment says of which the frames had to be read.
   * @param events all of its events; null: they cannot come again
   */
  summarise(file: string, events: SegmentEvents | null): void {
    const found = this.#found.get(file);
    this.#found.delete(file);
    if (found === undefined) return;
    // Its heads were not read: it was to be said who its events are.
    if (found.is_kept) this.#damaged++;
    this.#kept.keep(file, found.summary, events);
  }

  /** Keeps what is left to be kept of the log that was opened. */
  summariseRest(older_from_seq: number): void {
    if (this.#damaged > 0)
      this.#warn(
        `summaries of ${this.#damaged} closed files of the log were damaged and have to be made anew; nothing is lost`,
      );
    for (const [file, { is_kept }] of this.#found) if (!is_kept) this.summarise(file, null);
    this.#found.clear();
    this.#kept.forget(older_from_seq);
  }

  /**
   * Appends a frame and resolves with its ordinal once it is on disk (fdatasync). After an error nothing more can be
   * appended: whether the frame is on disk is found out when the log is opened again.
   * @param behind what stands in the payload after the rows
   * @param events of the rows
   * @throws PlumblineError LOG_WRITE_FAILED
   */
  async append(
    draft: FrameDraft,
    batch: Batch | null,
    behind: readonly Uint8Array[],
    events: SegmentEvents = NO_EVENTS,
  ): Promise<number> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#is_appending) throw new Error('a frame is being appended');
    this.#is_appending = true;
    try {
      if (this.#position >= this.#limits.bytes_max) this.closeSegment();
      this.closeAgedSegment();
      if (this.#segment === null) this.#openSegment();
      this.#position += this.#disk.write(this.#fd, this.#frame(draft, batch, behind), this.#position);
      await this.#disk.sync(this.#fd);
      this.#note(this.#ordinal);
    } catch (error) {
      throw this.#failure ?? this.#failed(error);
    } finally {
      this.#is_appending = false;
    }
    this.#summing.take(batch?.rows ?? 0, { ...draft, ordinal: this.#ordinal, dictionary_sizes: this.#sizes() });
    this.#events.addAll(events);
    this.#remember(draft.additions);
    return this.#ordinal++;
  }

  /** Every dictionary so far: words by id. */
  get words(): ReadonlyMap<string, readonly string[]> {
    return this.#dictionaries;
  }

  /** The lowest epoch under which it may be taken over. */
  get epoch_min(): number {
    return this.#behind.epoch_min;
  }

  /** How much of its room the segment that is written to has taken; its last frame may go beyond it. */
  get fill(): Fill {
    const filled = this.#segment === null ? 0 : this.#position;
    return { queue: 'segment_bytes', filled, max: this.#limits.bytes_max };
  }

  /** Number of the segment that is written to; null when none is. */
  get open_segment(): number | null {
    return this.#segment === null ? null : this.#next_segment - 1;
  }

  /** Ends the segment when it has been written to for as long as one may be. */
  closeAgedSegment(): void {
    const now_us = this.#clock.nowUs();
    // A clock that was set back must not keep the segment open for as long as it went back.
    this.#opened_us = Math.min(this.#opened_us, now_us);
    if (this.#segment !== null && now_us - this.#opened_us >= this.#limits.age_us_max) this.closeSegment();
  }

  /** Ends the log; nothing is appended afterwards. */
  close(): void {
    this.closeSegment();
    this.#end?.close();
    this.#end = null;
  }

  /** Ends the segment with the footer that makes it an Arrow file. @throws PlumblineError LOG_WRITE_FAILED */
  closeSegment(): void {
    if (this.#segment === null) return;
    const footer = this.#segment.footer();
    this.#segment = null;
    try {
      if (this.#failure !== null) return;
      this.#disk.write(this.#fd, footer, this.#position);
      this.#disk.syncAtOnce(this.#fd);
      this.#summarise();
    } catch (error) {
      throw this.#failed(error);
    } finally {
      closeSync(this.#fd);
    }
  }

  /** Keeps what the segment says that was closed. */
  #summarise(): void {
    const { summary } = this.#summing;
    const file = segmentFile(this.#data_dir, this.#next_segment - 1);
    this.#kept.keep(file, summary, this.#events);
    this.#kept.forget(summary?.last.duplicates.older_from_seq ?? 0);
  }

  /** Values that each dictionary has. */
  #sizes(): number[] {
    return DICTIONARY_COLUMNS.map((name) => this.#dictionaries.get(name)?.length ?? 0);
  }

  #note(ordinal: number): void {
    this.#end ??= new LogEnd(this.#data_dir);
    this.#end.note(ordinal);
  }

  #frame(draft: FrameDraft, batch: Batch | null, behind: readonly Uint8Array[]): Uint8Array[] {
    const segment = this.#segment!;
    if (batch !== null) segment.addDictionaryValues(batch.dictionary_additions);
    const arrow = batch === null || batch.rows === 0 ? null : segment.payload(batch);
    const payload: Uint8Array[] = [...(arrow?.chunks ?? []), ...behind];
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
      dictionary_sizes: this.#sizes(),
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
    const segment = this.#next_segment++;
    this.#fd = openSync(segmentFile(this.#data_dir, segment), 'wx', 0o600);
    this.#segment = new ArrowSegment();
    this.#segment.begin();
    this.#summing = new Summing();
    this.#events = new SegmentEvents();
    this.#opened_us = this.#clock.nowUs();
    this.#position = this.#disk.write(this.#fd, [encodeSegmentHead(segment, this.#ordinal)], 0);
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
    if (cause instanceof PlumblineError) {
      this.#failure = cause;
      return cause;
    }
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

/**
 * Gives a segment the head and the footer it has to have: what follows its frames is cut off. The last one goes when it
 * has no whole frame.
 */
function mend(segment: SegmentEnd, known: KnownSegment | undefined, isLast: boolean): void {
  const { file, size, frames_end, head } = segment;
  if (known === undefined) {
    // Of a file that is shorter than its own head there is nothing left.
    if (isLast || size < FRAME_ALIGNMENT) rmSync(file);
    return;
  }
  const has_footer = hasOwnFooter(segment, known);
  if (has_footer && head !== null) return;
  const fd = openSync(file, 'r+');
  try {
    if (head === null) writeAt(fd, [encodeSegmentHead(segmentNumber(file), known.first_frame)], 0);
    if (!has_footer) {
      ftruncateSync(fd, frames_end);
      writeAt(fd, footerOf(known), frames_end);
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
