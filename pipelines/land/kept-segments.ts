import { reasonLine } from '../../contracts/errors.js';
import { isOfSystem } from '../system-refusal.js';
import { removeEvents, removeKept, removeStrayKept, type SegmentEvents, writeEvents } from './segment-events.js';
import { type KeptSummary, type SegmentSummary, summaryFolder, writeSummary } from './segment-summary.js';

/**
 * What its owner keeps of the closed segments of a log: a summary of each, and who its events are while they may come again.
 * The segments say the same, so that nothing ends where the system does not let it be kept: that is told once, and tried
 * again with the next segment.
 */
export class KeptSegments {
  readonly #data_dir: string;
  readonly #warn: (line: string) => void;
  #is_told = false;
  /** Segments with a file of events. */
  #with_events: { readonly file: string; readonly next_seq: number }[] = [];

  constructor(data_dir: string, warn: (line: string) => void) {
    this.#data_dir = data_dir;
    this.#warn = warn;
  }

  /** Takes up what was found when the log was opened. */
  found(kept: readonly KeptSummary[]): void {
    this.#try(() => removeStrayKept(this.#data_dir));
    for (const { file, summary, events } of kept)
      if (events !== null) this.#with_events.push({ file, next_seq: nextSeq(summary) });
  }

  /**
   * Keeps what a segment says that is closed.
   * @param summary null when frames are missing: its heads have to be read
   * @param events all of its events; null when they cannot come again
   */
  keep(file: string, summary: SegmentSummary | null, events: SegmentEvents | null): void {
    this.#try(() => {
      removeKept(this.#data_dir, file);
      if (summary === null) return;
      const is_whole = events !== null && events.count === summary.rows;
      const sum = is_whole ? writeEvents(this.#data_dir, file, events) : null;
      writeSummary(this.#data_dir, { file, summary, events: sum });
      if (is_whole) this.#with_events.push({ file, next_seq: nextSeq(summary) });
    });
  }

  /** Events before this ordinal cannot come again. */
  forget(older_from_seq: number): void {
    const old = this.#with_events.filter(({ next_seq }) => next_seq <= older_from_seq);
    if (old.length === 0) return;
    this.#with_events = this.#with_events.filter(({ next_seq }) => next_seq > older_from_seq);
    this.#try(() => {
      for (const { file } of old) removeEvents(this.#data_dir, file);
    });
  }

  /** @throws what the system has not refused */
  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      if (!this.#is_told)
        this.#warn(
          `"${summaryFolder(this.#data_dir)}" cannot be written: ${reasonLine(error)}. What closed files of the log say is not ` +
            'kept there: nothing is lost, but the next start takes longer, for it reads those files. See to the rights of the folder ' +
            'and to room, or remove what stands in its place; it is tried again with the next file that is closed.',
        );
      this.#is_told = true;
    }
  }
}

function nextSeq({ first_seq, rows }: SegmentSummary): number {
  return first_seq + rows;
}
