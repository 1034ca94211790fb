import { existsSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '../../contracts/errors.js';
import { createDurably, makeFolder, syncFolder } from '../durable-files.js';
import { readRegular } from '../open-regular.js';
import { hashOf } from './frame.js';
import { headMark } from './frame-mark.js';
import type { Rejected } from './landed-frame.js';
import { noteFiles } from './note-files.js';
import { logFolder } from './segment-files.js';
import type { FoundFrame } from './segment-frames.js';

/**
 * Events that landed and that the store cannot take, whatever is tried (docs/decisions/0041). Which they are, and from
 * which frame on they are left out, is noted in `log/left-out/`: the store follows from the log and these notes, so that
 * it is made anew as it was. The events stay in the log. A note is of one log: it holds the mark of its frame, and is not
 * heeded beside a log that has another frame of that number.
 */
const noted = {
  found_at: z.iso.datetime(),
  /** The first frame that cannot be applied with them; an event may have landed in an earlier one. */
  frame: z.number().int().min(0),
  /** Ordinal of each among all landed events, and the frame that holds it. */
  events: z.array(z.strictObject({ seq: z.number().int().min(0), frame: z.number().int().min(0) })).min(1),
  /** What fails with them: names of ours, never a value. */
  what: z.string(),
};
/** Format 1 is of before, and says neither which log's it is nor its own sum. */
const noteSchema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal(1), ...noted }),
  z.strictObject({ format: z.literal(2), ...noted, frame_mark: z.string(), sum: z.string() }),
]);
export type LeftOutNote = z.infer<typeof noteSchema>;
/** What there is to note. */
export type LeftOut = Omit<MarkedNote, 'format' | 'sum'>;
type MarkedNote = Extract<LeftOutNote, { readonly format: 2 }>;

/** By what `rejected` tells them from lines that were kept out at the door. */
const INPUT = 'log';

/** The notes beside a log. */
export class LeftOutNotes {
  readonly #data_dir: string;
  readonly #notes: Map<number, LeftOutNote>;
  /** Frames whose note is of another log. */
  readonly #foreign = new Set<number>();

  private constructor(data_dir: string, notes: readonly LeftOutNote[]) {
    this.#data_dir = data_dir;
    this.#notes = new Map(notes.map((note) => [note.frame, note]));
  }

  /** @throws PlumblineError LOG_FRAME_DAMAGED when a note is not what was written */
  static of(data_dir: string): LeftOutNotes {
    return new LeftOutNotes(data_dir, leftOutFiles(data_dir).map(readNote));
  }

  /**
   * Of the frame that is about to be applied.
   * @param mark of the frame
   * @returns 'foreign' when the note is of another log: it counts for nothing from then on
   */
  at(frame: number, mark: () => string): LeftOutNote | 'foreign' | undefined {
    const note = this.#notes.get(frame);
    if (note === undefined || isNoteOf(note, mark())) return note;
    this.#notes.delete(frame);
    this.#foreign.add(frame);
    return 'foreign';
  }

  /** Frames after the last of the log that have a note: those of another log, or this one has lost its end. */
  after(last_frame: number): readonly number[] {
    return [...this.#notes.keys()].filter((frame) => frame > last_frame).sort((one, other) => one - other);
  }

  /** What stands behind the lines that were rejected with a frame. */
  rejected(frame: FoundFrame): Rejected[] {
    const note = this.#notes.get(frame.metadata.ordinal);
    return note === undefined || !isNoteOf(note, headMark(frame)) ? [] : rejectedEvents(note);
  }

  get events(): number {
    return [...this.#notes.values()].reduce((total, { events }) => total + events.length, 0);
  }

  /** Durable when it returns; takes the place of an earlier note of the frame. One of another log is kept beside it. */
  add(left_out: LeftOut): MarkedNote {
    const { frame } = left_out;
    const path = leftOutFile(this.#data_dir, frame);
    makeFolder(leftOutFolder(this.#data_dir));
    syncFolder(logFolder(this.#data_dir));
    if (this.#foreign.has(frame) && existsSync(path)) renameSync(path, `${path}.other`);
    const note: MarkedNote = { format: 2, ...left_out, sum: sumOf(left_out) };
    const text = `${JSON.stringify(note, null, 2)}\n`;
    createDurably(leftOutFolder(this.#data_dir), nameOf(frame), Buffer.from(text));
    this.#notes.set(frame, note);
    return note;
  }
}

/** Whether a note is of the log that has a frame with this mark; one of before does not tell, and is taken for it. */
export function isNoteOf(note: LeftOutNote, mark: string): boolean {
  return note.format === 1 || note.frame_mark === mark;
}

function leftOutFolder(data_dir: string): string {
  return join(logFolder(data_dir), 'left-out');
}

function nameOf(frame: number): string {
  return `${String(frame).padStart(8, '0')}.json`;
}

export function leftOutFile(data_dir: string, frame: number): string {
  return join(leftOutFolder(data_dir), nameOf(frame));
}

/** The notes beside a log, by their paths, in the order of frames. */
export function leftOutFiles(data_dir: string): string[] {
  return noteFiles(leftOutFolder(data_dir));
}

/** As `rejected` holds them, behind the lines of the frame: the partition is the frame that holds the event, the offset its ordinal. */
export function rejectedEvents({ found_at, events, what }: LeftOutNote): Rejected[] {
  return events.map(({ seq, frame }) => ({
    input: INPUT,
    partition: String(frame),
    offset: seq,
    reason: 'apply_failed',
    detail: what,
    bytes_length: 0,
    content_hash: '',
    rejected_at_us: Date.parse(found_at) * 1000,
    sealed_bytes: new Uint8Array(),
  }));
}

/** @throws PlumblineError LOG_FRAME_DAMAGED when it is not what was written */
export function readNote(file: string): LeftOutNote {
  const text = readRegular(file).toString();
  try {
    const note = noteSchema.parse(JSON.parse(text));
    if (basename(file) !== nameOf(note.frame)) throw new Error(`it was written as ${nameOf(note.frame)}`);
    if (note.format === 2 && note.sum !== sumOf(note)) throw new Error('its sum is another');
    return note;
  } catch (cause) {
    throw new PlumblineError('LOG_FRAME_DAMAGED', `"${file}" is no note of events that are left out`, {
      hint: 'Restore it from a backup. Without one, remove it and run "plumbline rebuild": the events are found and noted again.',
      cause,
    });
  }
}

function sumOf({ found_at, frame, events, what, frame_mark }: LeftOut): string {
  const places = events.map((event) => [event.seq, event.frame]);
  return hashOf([Buffer.from(JSON.stringify([found_at, frame, places, what, frame_mark]))]).toString(16);
}
