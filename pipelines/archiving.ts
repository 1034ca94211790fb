import { statSync } from 'node:fs';
import type { Config } from '../contracts/config.js';
import { parseDurationMs } from '../contracts/duration.js';
import { PlumblineError, reasonLine } from '../contracts/errors.js';
import type { FileTurns } from './file-turns.js';
import { growingPauseMs } from './growing-pause.js';
import { archiveDue, type DueSegment } from './land/archive-due.js';
import { draftArchive, placeDraft, removeDraft, removeSegment } from './land/archive-segment.js';
import type { LandingLog } from './land/landing-log.js';
import { removeKept } from './land/segment-events.js';
import { keepingSummary } from './land/segment-summary.js';
import { silently } from './silently.js';

/** What archiving needs of the run that it goes on beside. */
export interface ArchivedRun {
  readonly data_dir: string;
  readonly config: Config['land'];
  readonly log: Pick<LandingLog, 'words' | 'open_segment'>;
  readonly files: FileTurns;
  nowUs(): number;
  /** Ordinal of the last frame that the store has applied. */
  appliedFrame(): number;
  warn(line: string): void;
}

/** Pauses before what could not be archived is tried again: the first, and the longest. Each is twice the one before. */
const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 3_600_000;

/** A segment that has been written for the archive, and is to be put in place. */
interface Draft {
  readonly segment: DueSegment;
  /** Tells the file from one that has taken its place since. */
  readonly version: string;
  readonly heads_file: string;
}

/**
 * Closed segments of the log go into the archive, one at a time, the oldest first: once they are old enough, and the
 * store has applied them. A segment is written and read back beside the loop; it is put in place between two of its
 * steps, when nobody queries.
 */
export class Archiving {
  readonly #run: ArchivedRun;
  #drafting: Promise<void> | null = null;
  #draft: Draft | null = null;
  #stopping = new AbortController();
  /** In a row; the segment stays in the log meanwhile. */
  #failed_attempts = 0;
  #due: DueSegment | null = null;
  /** A log that was never archived has many segments due: between two of them, the loop has the machine for as long again. */
  #rests_until_ms = 0;
  #is_held = false;

  constructor(run: ArchivedRun) {
    this.#run = run;
  }

  /** Attempts in a row that have failed; the next comes by itself. */
  get failed_attempts(): number {
    return this.#failed_attempts;
  }

  /** What there is to do now; called between two steps of the loop. */
  step(): void {
    if (this.#is_held) return;
    try {
      if (this.#draft !== null && !this.#run.files.isRead) this.#place(this.#draft);
      if (this.#drafting !== null || this.#draft !== null || performance.now() < this.#rests_until_ms) return;
      const segment = this.#next();
      if (segment !== null) this.#drafting = this.#write(segment);
    } catch (error) {
      this.#failed('the oldest file of the log', error);
    }
  }

  /** Nothing more is archived, until it is released; resolves when nothing is under way. */
  async hold(): Promise<void> {
    this.#is_held = true;
    await this.stop();
  }

  release(): void {
    this.#is_held = false;
  }

  /** Gives up what is being written; resolves when nothing is. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('archiving was stopped'));
    await this.#drafting;
    this.#stopping = new AbortController();
    if (this.#draft !== null) removeDraft(this.#run.data_dir);
    this.#draft = null;
    this.#due = null;
  }

  #next(): DueSegment | null {
    const { data_dir, config, log } = this.#run;
    if (config.archive_after === 'never') return null;
    this.#due ??= archiveDue(data_dir, log.open_segment);
    if (this.#due === null || this.#due.last_frame > this.#run.appliedFrame()) return null;
    const age_us = this.#run.nowUs() - this.#due.begun_us;
    return age_us >= parseDurationMs(config.archive_after) * 1000 ? this.#due : null;
  }

  async #write(segment: DueSegment): Promise<void> {
    const { data_dir, log } = this.#run;
    const { signal } = this.#stopping;
    const started_ms = performance.now();
    let failure: unknown = null;
    try {
      const version = versionOf(segment.file);
      // Damage is not set aside here: the words in memory are those of frames that could be read when the run began.
      const heads_file = await draftArchive(data_dir, segment.file, log.words, signal);
      this.#draft = { segment, version, heads_file };
    } catch (error) {
      failure = error;
      silently(() => removeDraft(data_dir));
      // What is damaged is set aside by the next start: it has to read the segment.
      if (isDamage(error)) silently(() => removeKept(data_dir, segment.file));
    }
    const ended_ms = performance.now();
    this.#rests_until_ms = ended_ms + (ended_ms - started_ms);
    this.#drafting = null;
    if (failure !== null && !signal.aborted) this.#failed(`"${segment.file}"`, failure);
  }

  #failed(what: string, error: unknown): void {
    this.#due = null;
    const pause_ms = growingPauseMs(++this.#failed_attempts, PAUSE_MS_MIN, PAUSE_MS_MAX);
    this.#rests_until_ms = performance.now() + pause_ms;
    this.#run.warn(
      `${what} could not be archived, and is tried again after ${pause_ms / 1000} s: ${reasonLine(error)}`,
    );
  }

  #place({ segment, version, heads_file }: Draft): void {
    const { data_dir } = this.#run;
    this.#draft = null;
    this.#due = null;
    if (versionOf(segment.file) === version) {
      keepingSummary(data_dir, segment.file, () => placeDraft(data_dir, heads_file));
      removeSegment(data_dir, segment.file);
      this.#failed_attempts = 0;
    } else removeDraft(data_dir);
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof PlumblineError && error.code === 'LOG_FRAME_DAMAGED';
}

function versionOf(file: string): string {
  const { ino, size, mtimeMs } = statSync(file);
  return `${ino} ${size} ${mtimeMs}`;
}
