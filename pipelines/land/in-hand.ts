import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Refusal } from '../decode/row.js';
import { makeFolder } from '../durable-files.js';
import { readRegular } from '../open-regular.js';

/** A line by its place. */
const lineSchema = z.strictObject({ input: z.string(), partition: z.string(), offset: z.number().int() });
export type LinePlace = z.infer<typeof lineSchema>;

const noteSchema = z.strictObject({
  /** The line that was being worked on; null between two. */
  line: lineSchema.nullable(),
  /** A line that was being worked on when the process ended, and how often that has happened. */
  suspect: z.strictObject({ ...lineSchema.shape, times: z.number().int().min(1) }).nullable(),
});
type Note = z.infer<typeof noteSchema>;

/** Why a line is not tried any more. */
export const SUSPECT: Refusal = {
  reason: 'processing_failed',
  detail: 'the process ended twice while it had this line in hand',
};

const NOTHING: Note = { line: null, suspect: null };
/** A line that has ended the process so often while it was in hand is not tried again. */
const TIMES_MAX = 2;

/**
 * Guards against a line that ends the process whenever it is read. The file `in_hand.json` is there as long as a process
 * has the log open: one who finds it at its start follows one that ended without order. From then on each line is noted
 * before it is worked on, until as many have passed as can have been lost with that process; so the next one to start
 * knows which line was in hand. Notes need no fsync: it is the process that ends, not the machine.
 *
 * Who ends a process from outside hits some line too. That the same line is hit twice in a row is no accident: it is
 * kept out, with its bytes, and can be replayed.
 */
export class InHand {
  readonly #file: string;
  readonly #fd: number;
  #lines_left: number;
  #suspect: Note['suspect'];
  #line: LinePlace | null = null;
  #length = 0;

  private constructor(file: string, found: Note | null, lines_max: number) {
    this.#file = file;
    this.#suspect = found === null ? null : suspectOf(found);
    this.#lines_left = found === null ? 0 : lines_max;
    this.#fd = openSync(file, 'w', 0o600);
    this.#write();
  }

  /** @param lines_max lines that may be read and not be on disk yet */
  static open(data_dir: string, lines_max: number): InHand {
    const file = join(data_dir, 'in_hand.json');
    makeFolder(data_dir);
    return new InHand(file, readNote(file), lines_max);
  }

  /** Whether lines have to be noted. */
  get isWatching(): boolean {
    return this.#lines_left > 0;
  }

  /** Notes a line before it is worked on; true when it must not be. */
  take(line: LinePlace): boolean {
    if (this.#suspect !== null && this.#line !== null && isSame(this.#suspect, this.#line)) this.#suspect = null;
    this.#line = line;
    this.#lines_left--;
    if (this.#suspect !== null && isSame(this.#suspect, line) && this.#suspect.times >= TIMES_MAX) return true;
    this.#write();
    return false;
  }

  /** The line at hand has done no harm. */
  putDown(): void {
    if (this.#line === null) return;
    if (this.#suspect !== null && isSame(this.#suspect, this.#line)) this.#suspect = null;
    this.#line = null;
    this.#write();
  }

  /** The process ends in order. */
  close(): void {
    closeSync(this.#fd);
    rmSync(this.#file, { force: true });
  }

  #write(): void {
    const bytes = Buffer.from(JSON.stringify({ line: this.#line, suspect: this.#suspect } satisfies Note));
    writeSync(this.#fd, bytes, 0, bytes.length, 0);
    if (bytes.length < this.#length) ftruncateSync(this.#fd, bytes.length);
    this.#length = bytes.length;
  }
}

/** What the process before left; null when it ended in order. A note that was half written names no line. */
function readNote(file: string): Note | null {
  let text: string;
  try {
    text = readRegular(file).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return noteSchema.parse(JSON.parse(text));
  } catch {
    return NOTHING;
  }
}

function suspectOf({ line, suspect }: Note): Note['suspect'] {
  if (line === null) return suspect;
  const times = suspect !== null && isSame(line, suspect) ? suspect.times + 1 : 1;
  return { ...line, times };
}

function isSame(one: LinePlace, other: LinePlace): boolean {
  return one.offset === other.offset && one.partition === other.partition && one.input === other.input;
}
