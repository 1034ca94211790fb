import type { Clock } from '../contracts/clock.js';
import { PlumblineError } from '../contracts/errors.js';
import type { Fill } from '../contracts/fill.js';
import { PASSED_OVER } from '../contracts/log-report.js';
import type { Applier } from './applier.js';
import { mendTwins } from './land/archive-twins.js';
import { type LeftOutNote, LeftOutNotes, leftOutFile, rejectedEvents } from './land/events-left-out.js';
import { frameMark } from './land/frame-mark.js';
import { FramesPassedOver, type PassedOver } from './land/frames-passed-over.js';
import { framesBetween } from './land/stored-frames.js';
import type { LandedFrame } from './land.js';
import type { Store } from './store.js';
import { eventFailure, failureText, isInstanceLost, isOfFrame } from './store-failures.js';

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
  readonly passing_over?: PassingOver | undefined;
  write(line: string): void;
  openStore(): Promise<Store>;
  /** One that has taken up where the store stands; the state of one that has failed is not what the store says. */
  openApplier(store: Store): Promise<Applier>;
}

/** A frame that somebody has decided to pass over. */
export interface PassingOver {
  readonly frame: number;
  /** As a whole, and without a try: one that ends the process could not be tried. */
  readonly is_whole: boolean;
  onNoted(note: PassedOver): void;
}

export class GuardedApplying {
  /** Another one after each error that its instance does not outlive. */
  store: Store;
  applier: Applier;
  readonly #options: ApplyingOptions;
  readonly #notes: LeftOutNotes;
  readonly #passed: FramesPassedOver;
  #is_instance_lost = false;
  /** Of the frame at hand. */
  #passed_over: PassedOver | null = null;

  private constructor(options: ApplyingOptions, store: Store, applier: Applier) {
    this.#options = options;
    this.#notes = LeftOutNotes.of(options.data_dir);
    this.#passed = FramesPassedOver.of(options.data_dir);
    this.store = store;
    this.applier = applier;
  }

  /** Opens store and applier; the caller closes the store. */
  static async open(options: ApplyingOptions): Promise<GuardedApplying> {
    const store = await options.openStore();
    try {
      return new GuardedApplying(options, store, await options.openApplier(store));
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
    this.#passed_over = this.#passed.at(frame, this.#options.write);
    const { passing_over } = this.#options;
    if (passing_over?.frame === frame.ordinal && this.#passed_over === null)
      return await this.#passOver(frame, noted, passing_over);
    try {
      await this.#apply(frame, noted);
    } catch (error) {
      const what = this.#ofEvents(frame, error);
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
    const left_out = note === undefined ? null : rejectedEvents(note);
    const without = { left_out, passed_over: this.#passed_over };
    const applying = () => this.applier.apply(frame, undefined, without);
    await (note === undefined ? applying() : this.#without(0, seqsOf(note), applying));
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
      const without = { left_out: [], passed_over: this.#passed_over };
      await this.#without(before_seq, seqs, () => applier.rehearse(frame, without));
      return null;
    } catch (error) {
      return this.#ofEvents(frame, error);
    }
  }

  /** What failed, in names of ours, where it may come from what events say. @throws the error where it does not */
  #ofEvents(frame: LandedFrame, error: unknown): string {
    const { has_own_signals } = this.#options;
    const failure = eventFailure(error, has_own_signals);
    if (failure !== null) {
      this.#is_instance_lost ||= failure.is_instance_lost;
      return failure.what;
    }
    if (!isOfFrame(error, has_own_signals)) throw error;
    if (error instanceof PlumblineError) {
      this.#options.write(
        `frame ${frame.ordinal} of the log cannot be applied. Where nothing else helps, "plumbline pass-over ${frame.ordinal}" goes on without it`,
      );
      throw error;
    }
    throw inapplicable(frame, failureText(error), 'which no event would be left out for', error);
  }

  /** Notes the least that has to be passed over of a frame, and applies what is left of it. */
  async #passOver(frame: LandedFrame, noted: LeftOutNote | undefined, asked: PassingOver): Promise<void> {
    const what = asked.is_whole ? 'asked for without a try' : await this.#tried(frame, noted);
    if (what === null)
      throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `frame ${frame.ordinal} is not passed over`, {
        detail: 'it can be applied',
        hint: 'Start again: nothing is in the way.',
      });
    for (const passed_over of asked.is_whole ? (['frame'] as const) : PASSED_OVER) {
      const note = {
        noted_at: new Date(this.#options.clock.nowUs() / 1000).toISOString(),
        frame: frame.ordinal,
        frame_mark: frameMark(frame),
        passed_over,
        events: frame.kind === 'events' ? frame.batch.rows : 0,
        what,
      };
      this.#passed_over = note;
      if ((await this.#tried(frame, noted)) !== null) continue;
      this.#passed.add(note);
      this.applier = await this.#open();
      await this.#apply(frame, noted);
      asked.onNoted(note);
      return;
    }
    throw inapplicable(frame, what, 'also when it is passed over as a whole', undefined);
  }

  /** What fails when the frame at hand is tried; null when nothing does. @throws what is none of a frame */
  async #tried(frame: LandedFrame, noted: LeftOutNote | undefined): Promise<string | null> {
    this.#options.signal?.throwIfAborted();
    const applier = await this.#open();
    try {
      const without = { left_out: noted === undefined ? null : [], passed_over: this.#passed_over };
      await this.#without(0, seqsOf(noted), () => applier.rehearse(frame, without));
      return null;
    } catch (error) {
      if (!isOfFrame(error, this.#options.has_own_signals)) throw error;
      this.#is_instance_lost ||= isInstanceLost(error);
      return failureText(error);
    }
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
    detail: `${what}, ${when}${placeOf(cause)}`,
    hint:
      'Nothing was left out, and the log is whole: keep the data directory as it is, and start the version that it was ' +
      'last run with. A signal of your own that was added or changed is worth a look first. To go on without this frame: ' +
      `"plumbline pass-over ${frame.ordinal}", which passes over the least of it that helps, and notes it.`,
    cause,
  });
}

/** Where our own code has failed, for who is to mend it. */
function placeOf(cause: unknown): string {
  if (cause instanceof PlumblineError) return '';
  let thrown = cause;
  while (thrown instanceof Error && thrown.cause instanceof Error) thrown = thrown.cause;
  const line = thrown instanceof Error ? /^ +at .*$/m.exec(thrown.stack ?? '')?.[0].trim() : undefined;
  return line === undefined ? '' : ` (${line})`;
}
