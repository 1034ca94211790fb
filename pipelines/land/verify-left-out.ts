import { PlumblineError } from '../../contracts/errors.js';
import { isNoteOf, type LeftOutNote, leftOutFiles, readNote } from './events-left-out.js';
import { headMark } from './frame-mark.js';
import type { FoundFrame } from './segment-frames.js';

/** A note that is not of the log beside which it lies, or not what was written. */
export interface BadNote {
  readonly file: string;
  readonly what: string;
}

/** What is told of notes. */
export interface CheckedNotes {
  /** Of whole ones. */
  readonly notes: number;
  readonly events: number;
  readonly bad: readonly BadNote[];
}

interface NamedFrame {
  readonly mark: string;
  readonly first_seq: number;
  readonly rows: number;
}

/** Holds the notes of events that are left out against the frames that they name, on the way through a log. */
export class LeftOutCheck {
  readonly #notes: { readonly file: string; readonly note: LeftOutNote }[] = [];
  readonly #damaged: BadNote[] = [];
  /** Frames that notes name; null until they are found. */
  readonly #frames = new Map<number, NamedFrame | null>();

  /** Reads the notes: before the log, so that none is of a frame that came later than it was looked for. */
  constructor(data_dir: string) {
    for (const file of leftOutFiles(data_dir)) {
      try {
        const note = readNote(file);
        this.#notes.push({ file, note });
        for (const { frame } of [note, ...note.events]) this.#frames.set(frame, null);
      } catch (error) {
        if (!(error instanceof PlumblineError)) throw error;
        const what =
          'it is no note of events that are left out: without a backup, remove it and run "plumbline rebuild"';
        this.#damaged.push({ file, what });
      }
    }
  }

  /** May be given a frame several times. */
  take(frame: FoundFrame): void {
    const { ordinal, first_seq } = frame.metadata;
    if (this.#frames.has(ordinal)) this.#frames.set(ordinal, { mark: headMark(frame), first_seq, rows: frame.rows });
  }

  /** All of the log has been gone over. @param isSetAside whether a frame is, of which the head may be lost */
  finish(isSetAside: (frame: number) => boolean): CheckedNotes {
    const bad = this.#notes.flatMap(({ file, note }) => {
      const what = this.#wrong(note, isSetAside);
      return what === null ? [] : [{ file, what }];
    });
    const whole = this.#notes.filter(({ file }) => !bad.some((one) => one.file === file));
    return {
      notes: whole.length,
      events: whole.reduce((total, { note }) => total + note.events.length, 0),
      bad: [...this.#damaged, ...bad],
    };
  }

  #wrong(note: LeftOutNote, isSetAside: (frame: number) => boolean): string | null {
    const foreign = 'it is of another log: move it to that one, or remove it';
    for (const ordinal of [note.frame, ...note.events.map(({ frame }) => frame)])
      if (this.#frames.get(ordinal) === null && !isSetAside(ordinal))
        return `the log has no frame ${ordinal}, which it names: keep it when the log has lost that frame and is put back, else ${foreign}`;
    const own = this.#frames.get(note.frame);
    if (own && !isNoteOf(note, own.mark))
      return `frame ${note.frame} of the log is another than the one that it names: ${foreign}`;
    const strange = note.events.find(({ seq, frame }) => {
      const holding = this.#frames.get(frame);
      return holding && (seq < holding.first_seq || seq >= holding.first_seq + holding.rows);
    });
    if (strange === undefined) return null;
    return `event ${strange.seq} is not in frame ${strange.frame} of the log, which it names: ${foreign}`;
  }
}
