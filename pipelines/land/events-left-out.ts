import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '../../contracts/errors.js';
import { createDurably, makeFolder, syncFolder } from '../durable-files.js';
import type { Rejected } from './landed-frame.js';
import { logFolder } from './segment-files.js';

/**
 * Events that landed and that the store cannot take, whatever is tried (docs/decisions/0041). Which they are, and from
 * which frame on they are left out, is noted in `log/left-out/`: the store follows from the log and these notes, so that
 * it is made anew as it was. The events stay in the log.
 */
const noteSchema = z.strictObject({
  format: z.literal(1),
  found_at: z.iso.datetime(),
  /** The first frame that cannot be applied with them; an event may have landed in an earlier one. */
  frame: z.number().int().min(0),
  /** Ordinal of each among all landed events, and the frame that holds it. */
  events: z.array(z.strictObject({ seq: z.number().int().min(0), frame: z.number().int().min(0) })).min(1),
  /** What fails with them: names of ours, never a value. */
  what: z.string(),
});
export type LeftOutNote = z.infer<typeof noteSchema>;

/** Events that may be left out over the life of a log. So many are no accident: something else is wrong. */
export const EVENTS_LEFT_OUT_MAX = 256;

/** By what `rejected` tells them from lines that were kept out at the door. */
const INPUT = 'log';

function leftOutFolder(data_dir: string): string {
  return join(logFolder(data_dir), 'left-out');
}

/** The notes of a log. */
export class LeftOutNotes {
  readonly #notes: Map<number, LeftOutNote>;

  private constructor(notes: readonly LeftOutNote[]) {
    this.#notes = new Map(notes.map((note) => [note.frame, note]));
  }

  /** @throws PlumblineError LOG_FRAME_DAMAGED when a note is not what was written */
  static of(data_dir: string): LeftOutNotes {
    const folder = leftOutFolder(data_dir);
    let names: string[];
    try {
      names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new LeftOutNotes([]);
      throw error;
    }
    return new LeftOutNotes(names.map((name) => readNote(join(folder, name))));
  }

  /** Of the frame that is about to be applied. */
  at(frame: number): LeftOutNote | undefined {
    return this.#notes.get(frame);
  }

  /** What stands behind the lines that were rejected with a frame. */
  rejected(frame: number): Rejected[] {
    const note = this.#notes.get(frame);
    return note === undefined ? [] : rejectedEvents(note);
  }

  get events(): number {
    return [...this.#notes.values()].reduce((total, { events }) => total + events.length, 0);
  }

  /** Durable when it returns; takes the place of an earlier note of the frame. */
  add(data_dir: string, note: LeftOutNote): void {
    makeFolder(leftOutFolder(data_dir));
    syncFolder(logFolder(data_dir));
    const name = `${String(note.frame).padStart(8, '0')}.json`;
    createDurably(leftOutFolder(data_dir), name, Buffer.from(`${JSON.stringify(note, null, 2)}\n`));
    this.#notes.set(note.frame, note);
  }
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

function readNote(file: string): LeftOutNote {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new PlumblineError('LOG_FRAME_DAMAGED', `"${file}" is no note of events that are left out`, {
      hint: 'Restore it from a backup. Without one, remove it and run "plumbline rebuild": the events are found and noted again.',
      cause,
    });
  }
}
