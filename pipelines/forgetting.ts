import { setTimeout as sleep } from 'node:timers/promises';
import { PlumblineError, reasonLine } from '../contracts/errors.js';
import type { Archiving } from './archiving.js';
import type { AskedWork } from './asked-work.js';
import type { FileTurns } from './file-turns.js';
import { forgetInStore } from './forget-person.js';
import { growingPauseMs } from './growing-pause.js';
import { removeStrays } from './land/archive-segment.js';
import { mendTwins } from './land/archive-twins.js';
import { draftBlanked, findInArchive } from './land/blank-archive.js';
import { type Blanking, filesOfFrames, removeDrafts } from './land/blank-contact.js';
import {
  blankInLog,
  endForgetting,
  type ForgottenPerson,
  type HalfForgotten,
  halfForgotten,
  isHalfForgotten,
  noteBlanked,
  placeBlanked,
  type Settled,
  toForget,
} from './land/forget-in-log.js';
import { segmentNumber } from './land/segment-files.js';
import type { Landing } from './land.js';
import { silently } from './silently.js';
import type { Store } from './store.js';

/** What forgetting needs of the run that it goes on beside. */
export interface ForgettingRun {
  readonly data_dir: string;
  readonly asked: AskedWork;
  readonly archiving: Archiving;
  readonly files: FileTurns;
  readonly landing: Landing;
  readonly store: Store;
  readonly settled: Settled;
  /** Everything landed is applied, and the last frame says that somebody is forgotten. */
  noteInLog(): Promise<void>;
  /** Runs work while nothing is applied. */
  reading<Result>(work: () => Promise<Result>): Promise<Result>;
  warn(line: string): void;
}

/** Pauses before what failed is tried again: the first, and the longest. Each is twice the one before. */
const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 300_000;

/** How forgetting is getting on: what telemetry tells. */
export interface ForgettingState {
  /** Persons who are being forgotten: 0 or 1. */
  readonly persons: number;
  /** Attempts at the one that have failed so far. */
  readonly failed_attempts: number;
}

/**
 * Persons are forgotten beside the loop, one at a time. Log and archive are looked through while events come, and copies are
 * made of the files of the log without the person. Between two steps of the loop, log, texts and store are blanked together.
 * Then the segments of the archive that hold the person are written anew, one after the other, and each is put in its place
 * between two steps. Nothing is archived meanwhile. What fails once the person is noted is told, and tried again by itself
 * after pauses that grow; while only the archive is left, other segments are archived in the pauses.
 */
export class Forgetting {
  readonly #run: ForgettingRun;
  readonly #stopping = new AbortController();
  #underway: Promise<unknown> | null = null;
  #progress = '';
  #failed_attempts = 0;
  /** Log and store are blanked up to this frame, and the note could not be made to say so. */
  #unnoted_frame: number | null = null;

  constructor(run: ForgettingRun) {
    this.#run = run;
  }

  get state(): ForgettingState {
    return { persons: this.#underway === null ? 0 : 1, failed_attempts: this.#failed_attempts };
  }

  /**
   * Takes a person (E.164) out of log, texts, rejected bytes, store and archive; no count and no verdict moves.
   * @throws PlumblineError INSTANCE_BUSY while another is being forgotten, DATA_DIRECTORY_INVALID when only a part could be
   * done: then it is tried again beside the loop. Any other error has changed nothing.
   */
  async forget(callee: string): Promise<ForgottenPerson> {
    if (this.#underway !== null) throw busy(this.#progress);
    this.#stopping.signal.throwIfAborted();
    const { withholding } = this.#run.landing;
    const blanking = toForget(withholding.ring, { callee, token: withholding.tokenOf(callee) });
    const attempt = this.#attempt({ blanking, blanked_frame: null });
    this.#underway = attempt;
    try {
      const text_keys = await attempt;
      const { events, calls, rejected, contact } = blanking;
      this.#underway = null;
      return { events, calls, rejected, contact, text_keys };
    } catch (error) {
      this.#underway = null;
      if (!this.#isLeft()) throw error;
      this.#goOnFrom(error);
      throw unfinished(error);
    }
  }

  /** Goes on, beside the loop, with what a process before has left of the archive. */
  resume(): void {
    if (this.#isLeft()) this.#goOnFrom(null);
  }

  /** Ends at the next step; the next start goes on. Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort(stopped());
    await this.#underway?.catch(() => undefined);
  }

  /** Whether somebody is half forgotten, and it is for this process to end that. */
  #isLeft(): boolean {
    return !this.#stopping.signal.aborted && isHalfForgotten(this.#run.data_dir);
  }

  #goOnFrom(error: unknown): void {
    this.#underway = this.#goOn(error).finally(() => {
      this.#underway = null;
      this.#failed_attempts = 0;
    });
  }

  /** Tries what the note says is left, until it is done. @param error of the attempt before; null when there was none */
  async #goOn(error: unknown): Promise<void> {
    const { data_dir, landing, warn } = this.#run;
    for (let failed = error; ; ) {
      if (failed !== null) await this.#pause(failed);
      if (this.#stopping.signal.aborted) return;
      try {
        const half = halfForgotten(data_dir, landing.withholding.ring);
        if (half !== null) await this.#attempt(half);
        if (failed !== null) warn('the person who was half forgotten is forgotten now');
        return;
      } catch (again) {
        failed = again;
      }
    }
  }

  /** Tells what failed, and waits. */
  async #pause(error: unknown): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    const pause_ms = growingPauseMs(++this.#failed_attempts, PAUSE_MS_MIN, PAUSE_MS_MAX);
    const again = `it is tried again after ${pause_ms / 1000} s`;
    this.#run.warn(`a person is only half forgotten, and ${again}: ${reasonLine(error)}`);
    this.#progress = `it has failed, and ${again}: ${reasonLine(error)}`;
    await sleep(pause_ms, undefined, { signal, ref: false }).catch(() => undefined);
  }

  /** Does what is left of a person. Gives how many keys of texts were destroyed. */
  async #attempt({ blanking, blanked_frame }: HalfForgotten): Promise<number> {
    const { archiving, data_dir, landing } = this.#run;
    await archiving.hold();
    let frame = blanked_frame;
    try {
      let text_keys = 0;
      let named: readonly string[] | null = null;
      if (frame === null && this.#unnoted_frame !== null) {
        noteBlanked(data_dir, landing.withholding.ring, blanking, this.#unnoted_frame);
        frame = this.#unnoted_frame;
      }
      if (frame === null) ({ frame, named, text_keys } = await this.#blankLog(blanking));
      this.#unnoted_frame = null;
      named ??= await this.#leftInArchive(blanking, frame);
      return text_keys + (await this.#blankArchive(blanking, named));
    } catch (error) {
      silently(() => removeDrafts(data_dir));
      throw error;
    } finally {
      // A file of the log may not go into the archive half blanked.
      if (frame !== null || !isHalfForgotten(data_dir)) archiving.release();
    }
  }

  /** Looks for the person, and blanks log, texts and store up to a frame. */
  async #blankLog(blanking: Blanking): Promise<{ frame: number; named: string[]; text_keys: number }> {
    const { data_dir, landing, store, noteInLog, reading } = this.#run;
    const { withholding } = landing;
    const { named, searched } = await this.#find(blanking);
    let text_keys = 0;
    await this.#atRest(async () => {
      await noteInLog();
      landing.closeFile();
      await reading(async () => {
        text_keys = await blankInLog(data_dir, withholding, blanking, searched);
        await forgetInStore(store, data_dir, blanking);
        this.#unnoted_frame = landing.last_frame;
        await store.checkpoint();
        noteBlanked(data_dir, withholding.ring, blanking, landing.last_frame);
      });
    });
    return { frame: this.#unnoted_frame!, named, text_keys };
  }

  /**
   * Looks through everything that is closed, and makes copies of the files of the log without the person. Twice: what is left
   * to do while the loop stands still is what has come since the second time.
   */
  async #find(blanking: Blanking): Promise<{ named: string[]; searched: ReadonlySet<string> }> {
    const { asked, data_dir, landing } = this.#run;
    this.#progress = 'log and archive are looked through';
    mendTwins(data_dir, 0);
    const named = await findInArchive(data_dir, blanking, { signal: this.#stopping.signal });
    const searched = new Set<string>();
    for (let time = 0; time < 2; time++) {
      await asked.do(async () => landing.closeFile());
      const isOpen = (file: string) => segmentNumber(file) === landing.log.open_segment;
      for (const file of filesOfFrames(data_dir).filter((one) => !searched.has(one) && !isOpen(one))) {
        this.#stopping.signal.throwIfAborted();
        await blanking.draft(file);
        searched.add(file);
      }
    }
    return { named, searched };
  }

  /** Files of the archive that may still hold the person; what a failed attempt has left beside them goes. */
  async #leftInArchive(blanking: Blanking, until_frame: number): Promise<string[]> {
    const { data_dir } = this.#run;
    this.#progress = 'the archive is looked through';
    await this.#atRest(async () => removeStrays(data_dir));
    return await findInArchive(data_dir, blanking, { until_frame, signal: this.#stopping.signal });
  }

  /** Gives how many keys of texts were destroyed. */
  async #blankArchive(blanking: Blanking, named: readonly string[]): Promise<number> {
    const { data_dir, landing, settled, warn } = this.#run;
    if (named.length > 0) warn(`a person is being forgotten: ${named.length} files of the archive are written anew`);
    let text_keys = 0;
    for (const [done, heads_file] of named.entries()) {
      this.#progress = `${done} of ${named.length} files of the archive that hold them are written anew`;
      const { signal } = this.#stopping;
      const draft = await settled(() => draftBlanked(data_dir, heads_file, landing.log.words, blanking, signal));
      await this.#atRest(async () => {
        text_keys += placeBlanked(data_dir, landing.withholding, blanking, draft);
      });
    }
    endForgetting(data_dir);
    return text_keys;
  }

  /** Runs work between two steps of the loop, while no query reads. */
  #atRest(work: () => Promise<void>): Promise<void> {
    const { asked, files } = this.#run;
    return files.replacing(() =>
      asked.do(async () => {
        this.#stopping.signal.throwIfAborted();
        await work();
      }),
    );
  }
}

function busy(progress: string): PlumblineError {
  return new PlumblineError('INSTANCE_BUSY', 'another person is being forgotten', {
    detail: progress,
    hint: 'Ask again when that is done; nothing has been changed for the one who was asked for.',
  });
}

function unfinished(cause: unknown): PlumblineError {
  return new PlumblineError('DATA_DIRECTORY_INVALID', 'a person is only half forgotten', {
    detail: reasonLine(cause),
    hint: 'Mend what is in the way: what is left is tried again by itself while Plumbline runs, and by its next start.',
    cause,
  });
}

function stopped(): PlumblineError {
  return new PlumblineError('INSTANCE_BUSY', 'the instance stops while a person is being forgotten', {
    hint: 'What is begun goes on at the next start. Ask again then: there is nothing left to do, or it is done now.',
  });
}
