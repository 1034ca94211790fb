import { renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '../../contracts/errors.js';
import { PASSED_OVER } from '../../contracts/log-report.js';
import { createDurably, makeFolder, syncFolder } from '../durable-files.js';
import { readRegular } from '../open-regular.js';
import { hashOf } from './frame.js';
import { frameMark, headMark } from './frame-mark.js';
import type { LandedFrame, Rejected } from './landed-frame.js';
import { noteFiles } from './note-files.js';
import { logFolder } from './segment-files.js';
import type { FoundFrame } from './segment-frames.js';

/**
 * Frames that somebody has decided to pass over, since no start came past them (docs/decisions/0045). Each is noted in
 * `log/passed-over/`: the store follows from the log and its notes, so that it is made anew as it was.
 */

const noted = {
  noted_at: z.iso.datetime(),
  frame: z.number().int().min(0),
  frame_mark: z.string(),
  passed_over: z.enum(PASSED_OVER),
  /** Events that the frame holds. */
  events: z.number().int().min(0),
  /** What failed: names of ours, never a value. */
  what: z.string(),
};
const noteSchema = z.strictObject({ format: z.literal(1), ...noted, sum: z.string() });
const _notedSchema = z.strictObject(noted);
export type PassedOver = z.infer<typeof _notedSchema>;

/** The notes beside a log. */
export class FramesPassedOver {
  readonly #data_dir: string;
  readonly #notes: Map<number, PassedOver>;

  private constructor(data_dir: string, notes: readonly PassedOver[]) {
    this.#data_dir = data_dir;
    this.#notes = new Map(notes.map((note) => [note.frame, note]));
  }

  /** @throws PlumblineError LOG_FRAME_DAMAGED when a note is not what was written */
  static of(data_dir: string): FramesPassedOver {
    return new FramesPassedOver(data_dir, passedOverFiles(data_dir).map(readPassedOver));
  }

  /** For who only counts. */
  static count(data_dir: string): number {
    return passedOverFiles(data_dir).length;
  }

  get all(): readonly PassedOver[] {
    return [...this.#notes.values()].sort((one, other) => one.frame - other.frame);
  }

  /** Of the frame that is about to be applied. One of another log is told, and not heeded. */
  at(frame: LandedFrame, tell: (line: string) => void): PassedOver | null {
    const { ordinal } = frame;
    const note = this.#of(ordinal, () => frameMark(frame));
    if (note === null && this.#notes.has(ordinal))
      tell(
        `"${passedOverFile(this.#data_dir, ordinal)}" tells of a frame of another log that was passed over, and is not heeded: ` +
          `frame ${ordinal} of this log is another. Move it to where its own log is, or remove it.`,
      );
    return note;
  }

  /** What stands behind everything else that was rejected with a frame. */
  rejected(frame: FoundFrame): Rejected[] {
    const note = this.#of(frame.metadata.ordinal, () => headMark(frame));
    return note === null ? [] : [rejectedFrame(note)];
  }

  /** Durable when it returns. A note of another log is kept beside it. */
  add(note: PassedOver): void {
    const folder = passedOverFolder(this.#data_dir);
    makeFolder(folder);
    syncFolder(logFolder(this.#data_dir));
    const path = passedOverFile(this.#data_dir, note.frame);
    if (this.#notes.has(note.frame)) renameSync(path, `${path}.other`);
    const text = `${JSON.stringify({ format: 1, ...note, sum: sumOf(note) }, null, 2)}\n`;
    createDurably(folder, nameOf(note.frame), Buffer.from(text));
    this.#notes.set(note.frame, note);
  }

  #of(frame: number, mark: () => string): PassedOver | null {
    const note = this.#notes.get(frame);
    return note !== undefined && note.frame_mark === mark() ? note : null;
  }
}

/** As `rejected` holds it: the partition is the frame. */
export function rejectedFrame(note: PassedOver): Rejected {
  const { frame, noted_at, what } = note;
  return {
    input: 'log',
    partition: String(frame),
    offset: frame,
    reason: 'apply_failed',
    detail: `${passedOverText(note)}: ${what}`,
    bytes_length: 0,
    content_hash: '',
    rejected_at_us: Date.parse(noted_at) * 1000,
    sealed_bytes: new Uint8Array(),
  };
}

/** How far it is passed over. */
export function passedOverText({ passed_over, events }: PassedOver): string {
  if (passed_over === 'decisions') return 'passed over by detectors and policy';
  return events === 0 ? 'passed over' : `passed over with its ${events} events`;
}

export function passedOverFile(data_dir: string, frame: number): string {
  return join(passedOverFolder(data_dir), nameOf(frame));
}

function passedOverFolder(data_dir: string): string {
  return join(logFolder(data_dir), 'passed-over');
}

function nameOf(frame: number): string {
  return `${String(frame).padStart(8, '0')}.json`;
}

export function passedOverFiles(data_dir: string): string[] {
  return noteFiles(passedOverFolder(data_dir));
}

/** @throws PlumblineError LOG_FRAME_DAMAGED when it is not what was written */
export function readPassedOver(file: string): PassedOver {
  const text = readRegular(file).toString();
  try {
    const { format, sum, ...note } = noteSchema.parse(JSON.parse(text));
    if (basename(file) !== nameOf(note.frame)) throw new Error(`it was written as ${nameOf(note.frame)}`);
    if (sum !== sumOf(note)) throw new Error('its sum is another');
    return note;
  } catch (cause) {
    throw new PlumblineError('LOG_FRAME_DAMAGED', `"${file}" is no note of a frame that is passed over`, {
      hint: 'Restore it from a backup. Without one, remove it and run "plumbline rebuild": the frame is tried, and can be passed over again.',
      cause,
    });
  }
}

function sumOf({ noted_at, frame, frame_mark, passed_over, events, what }: PassedOver): string {
  const text = JSON.stringify([noted_at, frame, frame_mark, passed_over, events, what]);
  return hashOf([Buffer.from(text)]).toString(16);
}
