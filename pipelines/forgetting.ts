import { PlumblineError, reasonLine } from '../contracts/errors.js';
import type { Archiving } from './archiving.js';
import type { AskedWork } from './asked-work.js';
import type { FileTurns } from './file-turns.js';
import { forgetInStore } from './forget-person.js';
import { draftBlanked, findInArchive } from './land/blank-archive.js';
import { type Blanking, filesOfFrames } from './land/blank-contact.js';
import {
  blankInLog,
  endForgetting,
  type ForgottenPerson,
  halfForgotten,
  isHalfForgotten,
  noteBlanked,
  placeBlanked,
  type Settled,
  toForget,
} from './land/forget-in-log.js';
import { segmentNumber } from './land/segment-files.js';
import type { Landing } from './land.js';
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

/**
 * Persons are forgotten beside the loop, one at a time. Log and archive are looked through while events come. Between two
 * steps of the loop, log, texts and store are blanked together. Then the segments of the archive that hold the person are
 * written anew, one after the other, and each is put in its place between two steps. Nothing else is archived meanwhile:
 * the archive holds nothing that is younger than the frame which says that somebody is forgotten.
 */
export class Forgetting {
  readonly #run: ForgettingRun;
  readonly #stopping = new AbortController();
  #underway: Promise<unknown> | null = null;
  #progress = '';

  constructor(run: ForgettingRun) {
    this.#run = run;
  }

  /**
   * Takes a person (E.164) out of log, texts, rejected bytes, store and archive; no count and no verdict moves.
   * @throws PlumblineError INSTANCE_BUSY while another is being forgotten, DATA_DIRECTORY_INVALID when one was cut short
   */
  async forget(callee: string): Promise<ForgottenPerson> {
    if (this.#underway !== null) throw busy(this.#progress);
    if (isHalfForgotten(this.#run.data_dir)) throw halfDone();
    return await this.#alone(() => this.#forget(callee));
  }

  /** Goes on, beside the loop, with what a process before has left of the archive. */
  resume(): void {
    const { data_dir, landing, warn } = this.#run;
    const half = halfForgotten(data_dir, landing.withholding.ring);
    if (half === null) return;
    this.#alone(async () => {
      await this.#blankArchive(half.blanking, await findInArchive(data_dir, half.blanking, this.#stopping.signal));
    }).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) warn(`a person is only half forgotten: ${reasonLine(error)}`);
    });
  }

  /** Ends at the next step; the next start goes on. Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort(stopped());
    await this.#underway?.catch(() => undefined);
  }

  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const { archiving, data_dir } = this.#run;
    const worked = archiving.hold().then(work);
    this.#underway = worked;
    try {
      return await worked;
    } finally {
      this.#underway = null;
      if (!isHalfForgotten(data_dir)) archiving.release();
    }
  }

  async #forget(callee: string): Promise<ForgottenPerson> {
    const { data_dir, landing, store, noteInLog, reading } = this.#run;
    const { withholding } = landing;
    const blanking = toForget(withholding.ring, { callee, token: withholding.tokenOf(callee) });
    const { named, searched } = await this.#find(blanking);
    let text_keys = 0;
    await this.#atRest(async () => {
      await noteInLog();
      landing.closeFile();
      await reading(async () => {
        text_keys += await blankInLog(data_dir, withholding, blanking, searched);
        await forgetInStore(store, data_dir, blanking);
        noteBlanked(data_dir, withholding.ring, blanking, landing.last_frame);
      });
    });
    text_keys += await this.#blankArchive(blanking, named);
    const { events, calls, rejected, contact } = blanking;
    return { events, calls, rejected, contact, text_keys };
  }

  /** Looks through everything that is closed: what is written to meanwhile is short, and comes last. */
  async #find(blanking: Blanking): Promise<{ named: string[]; searched: ReadonlySet<string> }> {
    const { asked, data_dir, landing } = this.#run;
    this.#progress = 'log and archive are looked through';
    await asked.do(async () => landing.closeFile());
    const named = await findInArchive(data_dir, blanking, this.#stopping.signal);
    const searched = new Set<string>();
    for (let count = -1; count < searched.size; ) {
      count = searched.size;
      const isOpen = (file: string) => segmentNumber(file) === landing.log.open_segment;
      for (const file of filesOfFrames(data_dir).filter((one) => !searched.has(one) && !isOpen(one))) {
        this.#stopping.signal.throwIfAborted();
        await blanking.find(file);
        searched.add(file);
      }
    }
    return { named, searched };
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

function halfDone(): PlumblineError {
  return new PlumblineError('DATA_DIRECTORY_INVALID', 'a person is only half forgotten: that was cut short', {
    hint: 'Start Plumbline on this data directory again: a start ends it. Then forget the next one.',
  });
}

function stopped(): PlumblineError {
  return new PlumblineError('INSTANCE_BUSY', 'the instance stops while a person is being forgotten', {
    hint: 'What is begun goes on at the next start. Ask again then: there is nothing left to do, or it is done now.',
  });
}
