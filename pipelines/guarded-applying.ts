import type { Clock } from '../contracts/clock.js';
import { PlumblineError } from '../contracts/errors.js';
import type { Fill } from '../contracts/fill.js';
import type { Applier } from './applier.js';
import { mendTwins } from './land/archive-twins.js';
import { type LeftOutNote, LeftOutNotes, leftOutFile, rejectedEvents } from './land/events-left-out.js';
import { frameMark } from './land/frame-mark.js';
import { framesBetween } from './land/stored-frames.js';
import type { LandedFrame } from './land.js';
import type { Store } from './store.js';
import { eventFailure } from './store-failures.js';

/**
 * Applies what the log holds, so that an event which the store cannot take does not end every start
 * (docs/decisions/0041). When a frame fails in a way that can come from what events say, and fails again, it is tried with
 * fewer and fewer events, rolled back each time, until it is known which they are. They are noted, told, and left out from
 * that frame on. Whatever else fails ends the start as ever: a disk, memory, the lock, a damaged store.
 */
export interface ApplyingOptions {
  readonly data_dir: string;
  readonly clock: Clock;
  /** Signals of the operator's own are counted: what fails in counting is theirs to mend, and no fault of events. */
  readonly has_own_signals: boolean;
  /** Events that may be left out over the life of the log. */
  readonly events_left_out_max: number;
  readonly signal?: AbortSignal | undefined;
  write(line: string): void;
  openStore(): Promise<Store>;
  /** One that has taken up where the store stands; the state of one that has failed is not what the store says. */
  openApplier(store: Store): Promise<Applier>;
}

export class GuardedApplying {
  /** Another one after each error that its instance does not outlive. */
  store: Store;
  applier: Applier;
  readonly #options: ApplyingOptions;
  readonly #notes: LeftOutNotes;
  #is_instance_lost = false;

  private constructor(options: ApplyingOptions, notes: LeftOutNotes, store: Store, applier: Applier) {
    this.#options = options;
    this.#notes = notes;
    this.store = store;
    this.applier = applier;
  }

  /** Opens store and applier; the caller closes the store. */
  static async open(options: ApplyingOptions): Promise<GuardedApplying> {
    const notes = LeftOutNotes.of(options.data_dir);
    const store = await options.openStore();
    try {
      return new GuardedApplying(options, notes, store, await options.openApplier(store));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Events that are left out, over the life of the log. */
  get fill(): Fill {
    return { queue: 'events_left_out', filled: this.#notes.events, max: this.#options.events_left_out_max };
  }

  /** @throws PlumblineError STORE_FAILED when the frame cannot be applied, whichever of its events are left out */
  async apply(frame: LandedFrame): Promise<void> {
    const noted = this.#noted(frame);
    try {
      await this.#apply(frame, noted);
    } catch (error) {
      const what = this.#ofEvents(error);
      this.#options.write(
        `frame ${frame.ordinal} of the log cannot be applied: ${what}; it is tried with fewer events`,
      );
      // An instance may be lost in a commit that has done its work.
      this.applier = await this.#open();
      if (this.applier.frame >= frame.ordinal) return;
      await this.#applyWithout(frame, await this.#search(frame, noted, error), noted);
    }
  }

  /** All of the log is applied. @param last_frame -1: it has none */
  ended(last_frame: number): void {
    const end = last_frame < 0 ? 'it is empty' : `it ends with ${last_frame}`;
    for (const frame of this.#notes.after(last_frame))
      this.#tellForeign(frame, `the log has no frame ${frame}, ${end}`);
  }

  #noted(frame: LandedFrame): LeftOutNote | undefined {
    const noted = this.#notes.at(frame.ordinal, () => frameMark(frame));
    if (noted !== 'foreign') return noted;
    this.#tellForeign(frame.ordinal, `frame ${frame.ordinal} of the log is another than the one that it names`);
    return undefined;
  }

  #tellForeign(frame: number, why: string): void {
    const { data_dir, write } = this.#options;
    write(
      `"${leftOutFile(data_dir, frame)}" tells of events that were left out of another log, and is not heeded: ${why}. ` +
        'Move it to where its own log is, or remove it; when the wrong log is here, stop and put the right one in its place.',
    );
  }

  async #apply(frame: LandedFrame, note: LeftOutNote | undefined): Promise<void> {
    const { applier } = this;
    if (note === undefined) await applier.apply(frame);
    else await this.#without(0, seqsOf(note), () => applier.apply(frame, undefined, rejectedEvents(note)));
  }

  /** Statements meanwhile do without the events before `before_seq` and without `seqs`. */
  async #without(before_seq: number, seqs: readonly number[], work: () => Promise<unknown>): Promise<void> {
    const { store } = this;
    const name = async (before: number, named: readonly number[]) => {
      await store.setVariable('left_out_before_seq', String(before));
      await store.setVariable('left_out_seqs', named.map(String));
    };
    await name(before_seq, seqs);
    try {
      await work();
    } catch (error) {
      // What an instance that is lost had in its variables is lost with it.
      await name(0, []).catch(() => {
        this.#is_instance_lost = true;
      });
      throw error;
    }
    await name(0, []);
  }

  /** An applier that stands where the store stands, at an instance that answers. */
  async #open(): Promise<Applier> {
    if (this.#is_instance_lost) {
      await this.store.close();
      this.store = await this.#options.openStore();
      this.#is_instance_lost = false;
    }
    return await this.#options.openApplier(this.store);
  }

  /** @param found null: it did not fail again */
  async #applyWithout(
    frame: LandedFrame,
    found: { readonly seqs: readonly number[]; readonly what: string } | null,
    noted: LeftOutNote | undefined,
  ): Promise<void> {
    const { data_dir, clock, write } = this.#options;
    this.applier = await this.#open();
    if (found === null) {
      write(`frame ${frame.ordinal} could be applied when it was tried again`);
      return await this.#apply(frame, noted);
    }
    const { seqs, what } = found;
    // An event of a call that is open may have landed long before.
    mendTwins(data_dir, 0);
    const note = this.#notes.add({
      found_at: new Date(clock.nowUs() / 1000).toISOString(),
      frame: frame.ordinal,
      events: seqs.map((seq) => ({ seq, frame: framesBetween(data_dir, seq, seq)[0]?.frame ?? frame.ordinal })),
      what,
      frame_mark: frameMark(frame),
    });
    const places = note.events.map((event) => `${event.seq} of frame ${event.frame}`).join(', ');
    write(
      `left out from frame ${frame.ordinal} on, because the store cannot take it: event ${places} (${what}). It stays in the ` +
        'log, is noted in log/left-out, and stands in rejected as apply_failed; everything else goes on. To have it ' +
        'back with a version that can take it: stop, remove the note, and rebuild.',
    );
    await this.#apply(frame, note);
  }

  /** Which events have to be left out, beside those that are; null when the frame does not fail again. */
  async #search(
    frame: LandedFrame,
    noted: LeftOutNote | undefined,
    cause: unknown,
  ): Promise<{ seqs: number[]; what: string } | null> {
    const seqs = seqsOf(noted);
    let what = await this.#failure(frame, 0, seqs);
    if (what === null) return null;
    if (this.#is_instance_lost) await this.#open();
    const { from_seq, to_seq } = await this.#candidates(frame);
    // Leaving out all events before `end` is known to help.
    let end = to_seq;
    if ((await this.#failure(frame, end, seqs)) !== null)
      throw inapplicable(frame, what, 'without any of its events too', cause);
    for (let failing: string | null = what; failing !== null; failing = await this.#failure(frame, 0, seqs)) {
      what = failing;
      if (end <= from_seq) throw inapplicable(frame, what, 'whichever single events are left out', cause);
      const { events_left_out_max } = this.#options;
      if (this.#notes.events + seqs.length - (noted?.events.length ?? 0) >= events_left_out_max)
        throw inapplicable(
          frame,
          what,
          `and ${events_left_out_max} events are left out already, as many as operate.events_left_out_max lets: so many are no accident`,
          cause,
        );
      let helps_not = from_seq;
      while (end - helps_not > 1) {
        const middle = Math.floor((helps_not + end) / 2);
        if ((await this.#failure(frame, middle, seqs)) === null) end = middle;
        else helps_not = middle;
      }
      end--;
      seqs.push(end);
    }
    return { seqs, what };
  }

  /**
   * What fails when the frame is applied without the events before `before_seq` and without `seqs`; null when nothing does.
   * Nothing of it stays. @throws what can not come from events
   */
  async #failure(frame: LandedFrame, before_seq: number, seqs: readonly number[]): Promise<string | null> {
    this.#options.signal?.throwIfAborted();
    const applier = await this.#open();
    try {
      await this.#without(before_seq, seqs, () => applier.rehearse(frame, []));
      return null;
    } catch (error) {
      return this.#ofEvents(error);
    }
  }

  /** What failed, in names of ours, where it may come from what events say. @throws the error where it does not */
  #ofEvents(error: unknown): string {
    const failure = eventFailure(error, this.#options.has_own_signals);
    if (failure === null) throw error;
    this.#is_instance_lost ||= failure.is_instance_lost;
    return failure.what;
  }

  /** The ordinals among which the culprits are: events of calls that are open, and of the frame. */
  async #candidates(frame: LandedFrame): Promise<{ from_seq: number; to_seq: number }> {
    const { from_seq, to_seq } = (await this.store.rows('checks/hot_seqs'))[0] as Record<string, number | null>;
    if (frame.kind === 'control') return { from_seq: from_seq ?? 0, to_seq: to_seq ?? 0 };
    const { first_seq, rows } = frame.batch;
    return { from_seq: Math.min(from_seq ?? first_seq, first_seq), to_seq: first_seq + rows };
  }
}

function seqsOf(note: LeftOutNote | undefined): number[] {
  return note?.events.map(({ seq }) => seq) ?? [];
}

function inapplicable(frame: LandedFrame, what: string, when: string, cause: unknown): PlumblineError {
  return new PlumblineError('STORE_FAILED', `frame ${frame.ordinal} of the log cannot be applied to the store`, {
    detail: `${what}, ${when}`,
    hint:
      'Nothing was left out, and the log is whole: keep the data directory as it is, and start the version that it was ' +
      'last run with. A signal of your own that was added or changed is worth a look first.',
    cause,
  });
}
