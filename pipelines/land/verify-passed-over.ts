import { PlumblineError } from '../../contracts/errors.js';
import { headMark } from './frame-mark.js';
import { type PassedOver, passedOverFiles, readPassedOver } from './frames-passed-over.js';
import type { FoundFrame } from './segment-frames.js';
import type { BadNote } from './verify-left-out.js';

/** Holds the notes of frames that are passed over against those frames, on the way through a log. */
export class PassedOverCheck {
  readonly #notes = new Map<number, { readonly file: string; readonly note: PassedOver }>();
  readonly #bad: BadNote[] = [];
  /** Frames of notes that have been found, and are the ones that were meant. */
  readonly #found = new Set<number>();

  /** Reads the notes: before the log, so that none is of a frame that came later than it was looked for. */
  constructor(data_dir: string) {
    for (const file of passedOverFiles(data_dir)) {
      try {
        const note = readPassedOver(file);
        this.#notes.set(note.frame, { file, note });
      } catch (error) {
        if (!(error instanceof PlumblineError)) throw error;
        const what =
          'it is no note of a frame that is passed over: without a backup, remove it and run "plumbline rebuild"';
        this.#bad.push({ file, what });
      }
    }
  }

  /** May be given a frame several times. */
  take(frame: FoundFrame): void {
    const { ordinal } = frame.metadata;
    if (this.#notes.get(ordinal)?.note.frame_mark === headMark(frame)) this.#found.add(ordinal);
  }

  /** All of the log has been gone over. @param isSetAside whether a frame is, of which the head may be lost */
  finish(isSetAside: (frame: number) => boolean): { readonly passed_over: number; readonly bad: readonly BadNote[] } {
    const strange = [...this.#notes.values()].filter(
      ({ note: { frame } }) => !this.#found.has(frame) && !isSetAside(frame),
    );
    const what =
      'the log does not have the frame that it names: it is of another log; move it to that one, or remove it';
    return {
      passed_over: this.#notes.size - strange.length,
      bad: [...this.#bad, ...strange.map(({ file }) => ({ file, what }))],
    };
  }
}
