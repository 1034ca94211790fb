import { basename } from 'node:path';
import { PlumblineError } from '../../contracts/errors.js';
import { EVENT_COLUMNS } from '../../contracts/event-columns.js';
import { isArchived } from './archive-files.js';
import { DamagedPlace, damagedError, SetAsideFrames } from './damage.js';
import { FRAME_ALIGNMENT, type FrameMetadata } from './frame.js';
import { readLogEnd } from './log-end.js';
import { segmentFile, segmentFiles, segmentNumber } from './segment-files.js';
import {
  type FoundFrame,
  foundIn,
  type Hole,
  isHole,
  type Payloads,
  payloadOf,
  type SegmentEnd,
  segmentHeadOf,
} from './segment-frames.js';
import { isKept, type KeptSummary, readSummary, type SegmentSummary, Summing } from './segment-summary.js';

/**
 * How a log is read: frame after frame, none left out, none taken that is not whole. Which frames there have to be is told
 * by their ordinals, by what the log had come to (`log/end`), and by what has been set aside. The end of the last segment
 * may be torn (a crash while it was written, before anything was acknowledged); anything else that is not whole is
 * damage, and nothing after it is read.
 */

/**
 * A frame with the bytes of its payload, which are what was written; null when it has been set aside. Of an archived frame
 * the payload has no rows.
 */
export interface StoredFrame {
  readonly kind: 'events' | 'control';
  readonly rows: number;
  readonly metadata: FrameMetadata;
  readonly payload: Buffer | null;
}

/** Which frame it is, and where it stands. */
export interface FramePlace extends Pick<FoundFrame, 'file' | 'at' | 'end' | 'rows'> {
  readonly ordinal: number;
}

/** A segment of which the heads were read, and what they say together; null when some are missing. */
export interface FoundSegment extends SegmentEnd {
  readonly summary: SegmentSummary | null;
}

/** Where a log ends. */
export interface FoundLog {
  /** Those of which the heads were read. */
  readonly segments: readonly FoundSegment[];
  /** Ordinal of the next frame. */
  readonly next_frame: number;
}

export const DICTIONARY_COLUMNS: readonly string[] = EVENT_COLUMNS.filter(({ form }) => form === 'dictionary').map(
  ({ name }) => name,
);

/** What stands for a value that was lost with a damaged frame: no two are the same. */
function lostValue(id: number): string {
  return `(lost value ${id})`;
}

/** Heads of the frames of a log, in order, of all its segments or from one on. @throws PlumblineError LOG_FRAME_DAMAGED */
export function* findFrames(data_dir: string, from_file?: string): Generator<FoundFrame, FoundLog> {
  const found = headsFrom(data_dir, () => null, from_file);
  let step = found.next();
  for (; step.done !== true; step = found.next()) if (!isKept(step.value)) yield step.value;
  return step.value;
}

/**
 * As `findFrames`, of a whole log; of closed segments the summary stands for all frames, where there is one that is wanted.
 * @throws PlumblineError LOG_FRAME_DAMAGED
 */
export function findHeads(
  data_dir: string,
  isWanted: (summary: SegmentSummary) => boolean = () => true,
): Generator<FoundFrame | KeptSummary, FoundLog> {
  return headsFrom(data_dir, (file, set_aside) => {
    const kept = readSummary(data_dir, file);
    return kept !== null && !set_aside.touches(kept.summary) && isWanted(kept.summary) ? kept : null;
  });
}

function* headsFrom(
  data_dir: string,
  summaryOf: (file: string, set_aside: SetAsideFrames) => KeptSummary | null,
  from_file?: string,
): Generator<FoundFrame | KeptSummary, FoundLog> {
  const files = segmentFiles(data_dir).filter(
    (file) => from_file === undefined || segmentNumber(file) >= segmentNumber(from_file),
  );
  const first_frame = from_file === undefined ? 0 : (segmentHeadOf(from_file)?.first_frame ?? null);
  const reading = new Reading(data_dir, first_frame);
  const segments: FoundSegment[] = [];
  for (const [index, file] of files.entries()) {
    const isLast = index === files.length - 1;
    // The end of a log is told by its last frame, and by nothing else.
    const kept = isLast ? null : summaryOf(file, reading.set_aside);
    if (kept !== null) yield reading.segment(kept);
    else segments.push(yield* framesOf(file, isLast, reading));
  }
  return { segments, next_frame: from_file === undefined ? reading.end(segments.at(-1)) : -1 };
}

function* framesOf(file: string, isLast: boolean, reading: Reading): Generator<FoundFrame, FoundSegment> {
  const found = foundIn(file);
  const summing = new Summing();
  let held: { readonly written: FoundFrame; readonly frame: FoundFrame } | null = null;
  let step = found.next();
  for (; step.done !== true; step = found.next()) {
    if (held !== null) {
      summing.take(held.written.rows, held.written.metadata);
      yield held.frame;
    }
    held = null;
    if (isHole(step.value)) reading.hole(file, step.value);
    else held = { written: step.value, frame: reading.frame(step.value) };
  }
  const isTorn = isLast && held !== null && reading.isTorn(held.written, step.value);
  if (held !== null && !isTorn) {
    summing.take(held.written.rows, held.written.metadata);
    yield held.frame;
  }
  reading.ended(step.value, isTorn);
  const end = isTorn ? { ...step.value, frames_end: held!.written.at } : step.value;
  const { summary } = summing;
  return { ...end, summary: summary === null || reading.set_aside.touches(summary) ? null : summary };
}

/**
 * The file from which on a log may be read for a frame and what follows it. Undefined: from its beginning, because the frame
 * stands there, because a segment does not tell, because the frame is archived and words are needed, or because values
 * were lost with frames that are set aside, and stand-ins are due.
 */
export function fileOf(data_dir: string, frame: number): string | undefined {
  if (frame <= 0 || SetAsideFrames.of(data_dir).records.length > 0) return undefined;
  for (const file of segmentFiles(data_dir).reverse()) {
    const first_frame = isArchived(file) ? null : (segmentHeadOf(file)?.first_frame ?? null);
    if (first_frame === null) return undefined;
    if (first_frame <= frame) return file;
  }
  return undefined;
}

/** What has been seen of a log on the way through it. */
class Reading {
  readonly set_aside: SetAsideFrames;
  readonly #noted: number | 'damaged' | null;
  /** Ordinal of the next frame; -1 where any will do, for the file does not say with which it begins. */
  #next: number;
  /** The bytes in which frames may have been lost, since the last frame. */
  #doubtful: { readonly file: string; readonly at: number; readonly end: number } | null = null;
  #next_seq: number | null;
  readonly #dictionary_sizes: number[] | null;

  /** @param first_frame ordinal of the first frame that is read; null when nothing tells */
  constructor(data_dir: string, first_frame: number | null) {
    const isFromStart = first_frame === 0;
    this.set_aside = SetAsideFrames.of(data_dir);
    this.#noted = readLogEnd(data_dir);
    this.#next = first_frame ?? -1;
    this.#next_seq = isFromStart ? 0 : null;
    this.#dictionary_sizes = isFromStart ? DICTIONARY_COLUMNS.map(() => 0) : null;
  }

  hole(file: string, hole: Hole): void {
    this.#doubtful ??= { file, at: hole.at, end: hole.end };
  }

  /** @throws PlumblineError LOG_FRAME_DAMAGED when it is not the frame that has to follow */
  frame(frame: FoundFrame): FoundFrame {
    const { ordinal, first_seq, additions, dictionary_sizes } = frame.metadata;
    this.#follows({ file: frame.file, at: frame.at }, ordinal, first_seq, dictionary_sizes !== undefined);
    this.#next = ordinal + 1;
    this.#next_seq = first_seq + frame.rows;
    const completed = this.#withLostValues(additions, dictionary_sizes);
    return completed === null ? frame : { ...frame, metadata: { ...frame.metadata, additions: completed } };
  }

  /** As `frame`, of all frames of a segment. */
  segment(kept: KeptSummary): KeptSummary {
    const { first_frame, last_frame, first_seq, rows, additions, dictionary_sizes } = kept.summary;
    this.#follows({ file: kept.file, at: FRAME_ALIGNMENT }, first_frame, first_seq, dictionary_sizes !== undefined);
    this.#next = last_frame + 1;
    this.#next_seq = first_seq + rows;
    const completed = this.#withLostValues(additions, dictionary_sizes);
    return completed === null ? kept : { ...kept, summary: { ...kept.summary, additions: completed } };
  }

  #follows(place: Pick<FramePlace, 'file' | 'at'>, ordinal: number, first_seq: number, has_sizes: boolean): void {
    if (this.#next >= 0 && ordinal !== this.#next) {
      const { file, at, end } = this.#doubtful ?? { ...place, end: place.at };
      const isLost = ordinal > this.#next;
      refuseMisnamed(place.file);
      if (!isLost || !this.set_aside.covers(this.#next, ordinal))
        throw damagedError(
          new DamagedPlace(file, {
            at,
            end,
            first_frame: this.#next,
            next_frame: Math.max(ordinal, this.#next + 1),
            events: isLost && this.#next_seq !== null ? first_seq - this.#next_seq : null,
            what:
              this.#doubtful === null
                ? `number ${ordinal} stands where ${this.#next} is expected`
                : 'its head is not what was written',
          }),
          isLost && has_sizes,
        );
    }
    if (this.#next_seq !== null && first_seq < this.#next_seq) throw overlapping(place.file, first_seq, this.#next_seq);
    this.#doubtful = null;
  }

  /** The last frame of all may have been under way when the process ended: nobody has noted it, and its payload tells. */
  isTorn(frame: FoundFrame, { size, is_closed }: SegmentEnd): boolean {
    if (is_closed || frame.end !== size) return false;
    if (typeof this.#noted === 'number' && frame.metadata.ordinal <= this.#noted) return false;
    return !this.set_aside.has(frame.metadata.ordinal) && payloadOf(frame) === null;
  }

  ended({ file, frames_end, size, is_closed }: SegmentEnd, isTorn: boolean): void {
    if (isTorn) this.#next--;
    if (!is_closed) this.#doubtful ??= { file, at: frames_end, end: size };
  }

  /** The ordinal that comes next. @throws PlumblineError LOG_FRAME_DAMAGED when frames are missing at the end */
  end(last: SegmentEnd | undefined): number {
    const noted = typeof this.#noted === 'number' ? this.#noted + 1 : 0;
    // Without a note of it, an end mark that does not stand after the last whole head tells of a frame between them.
    const isCutOff = last?.has_trailer === true && !last.is_closed && this.#noted === null ? this.#next + 1 : 0;
    const set_aside = Math.max(0, ...this.set_aside.records.map(({ next_frame }) => next_frame));
    const known = Math.max(noted, isCutOff, set_aside);
    if (known > this.#next && !this.set_aside.covers(this.#next, known)) {
      const { file, at, end } = this.#doubtful ?? { file: last?.file ?? 'the log', at: 0, end: 0 };
      throw damagedError(
        new DamagedPlace(file, {
          at,
          end,
          first_frame: this.#next,
          next_frame: known,
          events: null,
          what: 'the file ends here, or is not what was written from here on',
        }),
      );
    }
    return Math.max(known, this.#next);
  }

  /** What dictionaries gain, with stand-ins for the values that were lost with frames before; null when none were. */
  #withLostValues(
    additions: FrameMetadata['additions'],
    dictionary_sizes: readonly number[] | undefined,
  ): FrameMetadata['additions'] | null {
    const sizes = this.#dictionary_sizes;
    if (sizes === null) return null;
    let completed: Record<string, { first_id: number; values: readonly string[] }> | null = null;
    for (const [index, name] of DICTIONARY_COLUMNS.entries()) {
      const known = sizes[index]!;
      const before = additions[name]?.first_id ?? dictionary_sizes?.[index] ?? known;
      const values = additions[name]?.values ?? [];
      if (before > known) {
        const lost = Array.from({ length: before - known }, (_, at) => lostValue(known + at));
        completed ??= { ...additions };
        completed[name] = { first_id: known, values: [...lost, ...values] };
      }
      sizes[index] = before + values.length;
    }
    return completed;
  }
}

/** Frames that stand in the wrong file are there: they must not be given up. @throws PlumblineError LOG_FRAME_DAMAGED */
function refuseMisnamed(file: string): void {
  const segment = segmentHeadOf(file)?.segment ?? null;
  if (segment === null || segment === segmentNumber(file)) return;
  const name = basename(segmentFile('', segment));
  throw new PlumblineError('LOG_FRAME_DAMAGED', `"${file}" is not the file that its name says`, {
    detail: `it was written as ${name}, and its frames are not those that have to stand here`,
    hint: `Give it back the name ${name}, or remove it when that one is there too; nothing was set aside.`,
  });
}

/** Events have one ordinal each: those of a file that comes back after others have taken theirs cannot be read beside them. */
function overlapping(file: string, first_seq: number, next_seq: number): PlumblineError {
  return new PlumblineError(
    'LOG_FRAME_DAMAGED',
    `"${file}" begins with event ${first_seq}, and the log before it has it too`,
    {
      detail: `files before it hold events up to ${next_seq - 1}: one of them was put there after the log had gone on without it`,
      hint:
        'Take that file out again and leave the note of its frames in log/damaged; nothing was set aside. It can only be had ' +
        'back by a start that finds the log as it was, before the files that followed.',
    },
  );
}

/** The frame with its payload. @throws PlumblineError LOG_FRAME_DAMAGED */
export function readFrame(
  frame: FoundFrame,
  set_aside: SetAsideFrames,
  payloads: Pick<Payloads, 'of'> = { of: payloadOf },
): StoredFrame {
  const { kind, rows, metadata, file } = frame;
  if (set_aside.has(metadata.ordinal)) {
    // Of an archived frame it is the rows that are lost; what was rejected lies beside its head.
    const payload = isArchived(file) ? payloads.of(frame) : null;
    return { kind, rows: 0, metadata, payload };
  }
  const payload = payloads.of(frame);
  if (payload !== null) return { kind, rows, metadata, payload };
  throw damagedPayload({ ...frame, ordinal: metadata.ordinal });
}

export function damagedPayload({ file, at, end, ordinal, rows }: FramePlace): PlumblineError {
  return damagedError(
    new DamagedPlace(file, {
      at,
      end,
      first_frame: ordinal,
      next_frame: ordinal + 1,
      events: rows,
      what: 'its payload is not what was written',
    }),
  );
}

/** The frames that hold the events from one ordinal to another; payloads are not read. */
export function framesBetween(
  data_dir: string,
  first_seq: number,
  last_seq: number,
): { file: string; frame: number; first_seq: number; rows: number }[] {
  const found: { file: string; frame: number; first_seq: number; rows: number }[] = [];
  const isBetween = (from: number, rows: number) => rows > 0 && from <= last_seq && from + rows > first_seq;
  for (const frame of findHeads(data_dir, (summary) => !isBetween(summary.first_seq, summary.rows))) {
    if (isKept(frame)) continue;
    const { file, rows, metadata } = frame;
    if (isBetween(metadata.first_seq, rows))
      found.push({ file: basename(file), frame: metadata.ordinal, first_seq: metadata.first_seq, rows });
  }
  return found;
}
