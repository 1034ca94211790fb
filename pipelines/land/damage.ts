import { closeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '../../contracts/errors.js';
import { createDurably, makeFolder, syncFolder } from '../durable-files.js';
import { openRegular, readRegular } from '../open-regular.js';
import { noteFiles } from './note-files.js';
import { logFolder, readBytes } from './segment-files.js';

/**
 * Damage of a log: frames that were on disk and are not what was written. Whoever reads a log is stopped by it. Its owner
 * sets it aside: the bytes are copied to `log/damaged/` with a note of which frames they were; from then on everybody
 * passes over these frames, and over no others.
 */
const placeSchema = z.strictObject({
  /** Segment file, by name, and the bytes [at, end) in it that are not what was written. */
  file: z.string(),
  at: z.number().int().min(0),
  end: z.number().int().min(0),
  /** Frames [first_frame, next_frame) are lost. */
  first_frame: z.number().int().min(0),
  next_frame: z.number().int().min(1),
  /** Events of these frames; null when the heads that would tell are lost too. */
  events: z.number().int().min(0).nullable(),
  what: z.string(),
});
export type DamagedPlaceFields = z.infer<typeof placeSchema>;

const recordSchema = z.strictObject({ format: z.literal(1), found_at: z.iso.datetime(), ...placeSchema.shape });
export type SetAside = z.infer<typeof recordSchema>;

/** The cause of a LOG_FRAME_DAMAGED error: where, and which frames. */
export class DamagedPlace {
  readonly fields: DamagedPlaceFields;
  readonly path: string;

  constructor(path: string, fields: Omit<DamagedPlaceFields, 'file'>) {
    this.path = path;
    this.fields = { file: basename(path), ...fields };
  }
}

/** @param isLossKnown false: what was lost cannot be told from what is left, so it must not be set aside. */
export function damagedError(place: DamagedPlace, isLossKnown = true): PlumblineError {
  const { at, first_frame, next_frame, what } = place.fields;
  return new PlumblineError('LOG_FRAME_DAMAGED', `the frame at byte ${at} of ${place.path} is damaged: ${what}`, {
    detail: `${framesText(first_frame, next_frame)} cannot be read`,
    hint: isLossKnown
      ? 'Restore the file from a copy. Without one, "plumbline run" sets the frame aside, counts what it held and goes on, ' +
        'once the folder "summaries" is removed where it starts without reading it; "plumbline log verify" tells all there is.'
      : 'Restore the file from a copy: what is lost cannot be told from what is left, so it is not set aside. ' +
        '"plumbline log verify" tells all there is.',
    cause: isLossKnown ? place : undefined,
  });
}

export function framesText(first_frame: number, next_frame: number): string {
  return next_frame === first_frame + 1 ? `frame ${first_frame}` : `frames ${first_frame} to ${next_frame - 1}`;
}

export function damagedFolder(data_dir: string): string {
  return join(logFolder(data_dir), 'damaged');
}

/** How much has been set aside, and the files of notes that cannot be read. */
export interface SetAsideTally {
  readonly frames: number;
  readonly events: number;
  readonly unreadable: readonly string[];
}

/** What has been set aside of a log, by frames. */
export class SetAsideFrames {
  readonly records: readonly SetAside[];

  private constructor(records: readonly SetAside[]) {
    this.records = records;
  }

  /** @throws PlumblineError LOG_FRAME_DAMAGED when a note is not what was written */
  static of(data_dir: string): SetAsideFrames {
    return new SetAsideFrames(noteFiles(damagedFolder(data_dir)).map(readRecord));
  }

  /** For who only counts: what the notes say that can be read, and those that cannot. */
  static tally(data_dir: string): SetAsideTally {
    const unreadable: string[] = [];
    const readable = noteFiles(damagedFolder(data_dir)).flatMap((file) => {
      try {
        return [readRecord(file)];
      } catch (error) {
        if (!(error instanceof PlumblineError)) throw error;
        unreadable.push(file);
        return [];
      }
    });
    return { ...new SetAsideFrames(readable).totals, unreadable };
  }

  /** How many frames, and the events they held as far as that is known. */
  get totals(): { readonly frames: number; readonly events: number } {
    return {
      frames: this.records.reduce((total, { first_frame, next_frame }) => total + next_frame - first_frame, 0),
      events: this.records.reduce((total, { events }) => total + (events ?? 0), 0),
    };
  }

  has(frame: number): boolean {
    return this.records.some(({ first_frame, next_frame }) => first_frame <= frame && frame < next_frame);
  }

  /** Whether any frame from one to another is. */
  touches({ first_frame, last_frame }: { readonly first_frame: number; readonly last_frame: number }): boolean {
    return this.records.some((one) => one.first_frame <= last_frame && one.next_frame > first_frame);
  }

  /** Whether every frame of [from, to) is set aside. */
  covers(from: number, to: number): boolean {
    for (let frame = from; frame < to; ) {
      const record = this.records.find(({ first_frame, next_frame }) => first_frame <= frame && frame < next_frame);
      if (record === undefined) return false;
      frame = record.next_frame;
    }
    return true;
  }
}

function readRecord(file: string): SetAside {
  const text = readRegular(file).toString();
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PlumblineError('LOG_FRAME_DAMAGED', `"${file}" is no note of what was set aside`, {
      hint: 'Remove it: the damage it told of is found and noted again.',
      cause,
    });
  }
}

/** Copies what is damaged, and notes it; durable when it returns. */
function setAside(data_dir: string, { path, fields }: DamagedPlace, now_us: number): SetAside {
  const folder = damagedFolder(data_dir);
  makeFolder(folder);
  syncFolder(logFolder(data_dir));
  const record: SetAside = { format: 1, found_at: new Date(now_us / 1000).toISOString(), ...fields };
  const name = String(fields.first_frame).padStart(8, '0');
  if (fields.end > fields.at) {
    const fd = openRegular(path);
    try {
      createDurably(folder, `${name}.bytes`, readBytes(fd, fields.at, fields.end - fields.at));
    } finally {
      closeSync(fd);
    }
  }
  createDurably(folder, `${name}.json`, Buffer.from(`${JSON.stringify(record, null, 2)}\n`));
  return record;
}

/**
 * Runs work that reads a log, for its owner: what it finds damaged is set aside and told, and it is run again.
 * @returns what the work gives once it has read everything that is left
 */
export async function settingAside<Result>(
  data_dir: string,
  now_us: () => number,
  onSetAside: (record: SetAside) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PlumblineError && error.cause instanceof DamagedPlace)) throw error;
      onSetAside(setAside(data_dir, error.cause, now_us()));
    }
  }
}
